/** Webhooks over HTTP: register, forget, see what came of their messages, have one delivered again. */

import { z } from 'zod';
import { EVENT_TYPES } from '../../core/event.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../../core/limits.ts';
import {
  type DeliveriesView,
  DELIVERY_STATUSES,
  type DeliveryView,
  MAX_WEBHOOK_URL,
  type RegisterView,
  type UnregisterView,
} from '../../core/webhook.ts';
import { parseArguments } from '../mcp/arguments.ts';
import { checked } from '../mcp/checked.ts';
import type { SchemaOf } from '../mcp/outputs.ts';
import { answerSchemaOf, inputSchemaOf } from '../mcp/schema.ts';
import { parseJson } from './body.ts';
import { parseQuery } from './query.ts';
import { type Exchange, json, type Route, type RouteGroup } from './route.ts';

const id = z.string().min(1).max(100);
const url = z.string().min(1).max(MAX_WEBHOOK_URL);
const time = z.string().nullable();
const events = z.array(z.enum(EVENT_TYPES)).nullable();

const registration = z.strictObject({
  url: url.describe('Where messages go, http or https'),
  task_id: id.optional().describe('For this workflow alone; default: for all of yours, from now on'),
  secret: z.string().max(200).optional().describe('`whsec_…`; default: one is made, and shown in this answer alone'),
  events: z.array(z.string().max(64)).max(EVENT_TYPES.length).optional().describe('Only events of these types'),
  rotate_secret: z.boolean().optional().describe('Replace the secret of a registration that is there by a new one'),
});

const unregistration = z.strictObject({
  webhook_id: id.optional(),
  url: url.optional().describe('Instead of the id: the registration of this address'),
  task_id: id.optional().describe('With a url: the one for this workflow'),
});

const deliveriesQuery = z.strictObject({
  webhook_id: id.optional(),
  task_id: id.optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE).describe('At most so many of each list'),
  cursor: z.string().max(1000).optional(),
});

const registered: SchemaOf<RegisterView> = z.object({
  webhook_id: z.string(),
  secret: z.string().optional(),
  url: z.string(),
  task_id: z.string().nullable(),
  events,
  created_at: z.string(),
  former_secret_until: time,
});

const unregistered: SchemaOf<UnregisterView> = z.object({ unregistered: z.int() });

const delivery: SchemaOf<DeliveryView> = z.object({
  delivery_id: z.string(),
  webhook_id: z.string(),
  message_id: z.string(),
  task_id: z.string(),
  seq: z.int(),
  event_type: z.enum(EVENT_TYPES),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.int(),
  created_at: z.string(),
  last_attempt_at: time,
  next_attempt_at: time,
  delivered_at: time,
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
});

const webhook = z.object({
  webhook_id: z.string(),
  task_id: z.string().nullable(),
  url: z.string(),
  events,
  created_at: z.string(),
  former_secret_until: time,
  disabled: z.object({ at: z.string(), reason: z.string() }).nullable(),
  deliveries: z.int(),
  failures: z.int(),
  pending: z.int(),
  dead: z.int(),
});

const deliveries: SchemaOf<DeliveriesView> = z.object({
  webhooks: z.array(webhook),
  deliveries: z.array(delivery),
  next_cursor: z.string().optional(),
});

/** What came as the body, as its schema wants it. Throws INVALID_INPUT that names the field. */
function bodyOf<S extends z.ZodObject>(schema: S, { body }: Exchange): z.output<S> {
  return parseArguments(schema, parseJson(body), 'route');
}

const register: Route = {
  method: 'POST',
  path: '/webhook/register',
  scope: 'run',
  summary: 'Registers an address that events are told to',
  body: () => inputSchemaOf(registration),
  answer: {
    media: 'application/json',
    schema: () => answerSchemaOf(registered),
    description: 'The registration; its secret only where one was made',
  },
  handle: async (exchange) => {
    const orchestrator = await exchange.service.orchestrator();
    const view = await orchestrator.registerWebhook(bodyOf(registration, exchange), exchange.caller);
    return json(checked(registered, view, 'the registration'));
  },
};

const unregister: Route = {
  method: 'POST',
  path: '/webhook/unregister',
  scope: 'run',
  summary: 'Forgets a registration, and the messages that wait for it',
  body: () => inputSchemaOf(unregistration),
  answer: {
    media: 'application/json',
    schema: () => answerSchemaOf(unregistered),
    description: 'How many registrations went',
  },
  handle: async (exchange) => {
    const orchestrator = await exchange.service.orchestrator();
    const view = await orchestrator.unregisterWebhook(bodyOf(unregistration, exchange), exchange.caller);
    return json(checked(unregistered, view, 'what went'));
  },
};

const list: Route = {
  method: 'GET',
  path: '/webhook/deliveries',
  scope: 'read',
  summary: 'Registrations with what came of them, and their messages',
  query: deliveriesQuery,
  answer: {
    media: 'application/json',
    schema: () => answerSchemaOf(deliveries),
    description: 'A page of each, newest first',
  },
  handle: async ({ service, caller, query }) => {
    const request = parseQuery(deliveriesQuery, query);
    const view = await (await service.orchestrator()).webhookDeliveries(caller, request);
    return json(checked(deliveries, view, 'the deliveries'));
  },
};

const redeliver: Route = {
  method: 'POST',
  path: '/webhook/deliveries/{id}/redeliver',
  scope: 'run',
  summary: 'Has a message that was given up delivered again',
  body: () => inputSchemaOf(z.strictObject({})),
  answer: { media: 'application/json', schema: () => answerSchemaOf(delivery), description: 'The message' },
  handle: async (exchange) => {
    const { service, caller, params } = exchange;
    if (exchange.body.trim() !== '') bodyOf(z.strictObject({}), exchange);
    const view = await (await service.orchestrator()).redeliver(params['id'] ?? '', caller);
    return json(checked(delivery, view, 'the message'));
  },
};

export const WEBHOOKS: RouteGroup = {
  name: 'webhooks',
  description: 'Addresses that events are told to: signed, in order, until they are taken.',
  routes: [register, unregister, list, redeliver],
};
