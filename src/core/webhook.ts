/**
 * Webhooks: whom to tell what happened, and how often that is tried. A message is one event of one workflow on its way to one
 * registration.
 */

import type { EventType } from './event.ts';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
/** `dead`: given up, and kept to be delivered again on request. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Registrations of one owner for the same workflow, or for all of them: each is one more request an event. */
export const MAX_WEBHOOKS = 10;
export const MAX_WEBHOOK_URL = 2048;

/** For how long a replaced secret still signs beside the new one. */
export const ROTATION_MS = 86_400_000;

/** The HTTP status by which a receiver says that it wants nothing more. */
export const GONE = 410;

/** For how long a message that was taken is shown and can be sent again; the count of its registration stays. */
export const DELIVERED_KEPT_MS = 7 * 86_400_000;

const DAY_MS = 86_400_000;

/** Days on which attempts failed and nothing was taken, after which a registration is disabled. */
const SILENT_DAYS = 5;

/** For how long a registration has taken nothing. */
export interface Silence {
  /** Those on which an attempt failed, each begun a day after the one before at least: a day on which none was made is none. */
  readonly days: number;
  /** When the last of them began, milliseconds since the epoch; null where there is none. */
  readonly begun: number | null;
}

/** After one more attempt that failed. */
export function silenceAfter({ days, begun }: Silence, now: number): Silence {
  if (begun === null || now - begun >= DAY_MS) return { days: days + 1, begun: now };
  // By a clock that was set back the day began when that was noticed.
  return { days, begun: Math.min(begun, now) };
}

/**
 * Whether a registration is disabled after a failed attempt. A message has what is due to it first: on the fifth day one that was
 * given up ends it. On the sixth any failure does, or a receiver of thousands of messages that lets each attempt hang would go on: no
 * message of it comes to its ten attempts. One for a single workflow has no more messages than that has events, and needs no such end.
 */
export function isSilent({ days }: Silence, of: { readonly gaveUp: boolean; readonly oneWorkflow: boolean }): boolean {
  return of.gaveUp ? days >= SILENT_DAYS : days > SILENT_DAYS && !of.oneWorkflow;
}

const DELIVERY_RETRY = {
  /** Longest wait before the second attempt; doubles with each further one. */
  baseMs: 1000,
  maxMs: 3_600_000,
  /**
   * A message that is so old is dead, once it was tried so often itself: a day in which nobody delivers is none, and what waited
   * for it behind others has its minutes, not another day.
   */
  overallMs: 86_400_000,
  attempts: 10,
  /** Answers that say the request itself is wrong: so many, and the message is dead. */
  refusals: 5,
  /** Not before that, unless the last one judged the message: longer than a deployment of the receiver, whose balancer answers 404 meanwhile. */
  refusedMs: 3_600_000,
  /** Most that a server's Retry-After is heeded. */
  retryAfterMs: 3_600_000,
} as const;

export interface FailedAttempts {
  /** Attempts that failed so far, at least 1. */
  readonly failures: number;
  /** Of those, how many were answered as if the request were wrong. */
  readonly refusals: number;
  /** Whether the last answer was about this message and no other: none of a balancer, and the same in an hour. */
  readonly judged: boolean;
  /** Since its first attempt, milliseconds. */
  readonly triedMs: number;
  /** Since it was made, or last asked to be delivered again, milliseconds. */
  readonly ageMs: number;
  readonly retryAfterMs: number | null;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Milliseconds until the next attempt, or null when there is none. Full jitter, so that the many messages that failed with their
 * receiver do not all come back at once; Retry-After is a floor that it never undercuts.
 */
export function redeliverAfter(failed: FailedAttempts): number | null {
  const { failures, refusals, judged, triedMs, ageMs, retryAfterMs, random } = failed;
  const { baseMs, maxMs, overallMs, refusedMs } = DELIVERY_RETRY;
  const hadItsHour = triedMs >= refusedMs;
  if (refusals >= DELIVERY_RETRY.refusals && (judged || hadItsHour)) return null;
  // Past so many doublings the product is no number any more.
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  const floor = Math.min(retryAfterMs ?? 0, DELIVERY_RETRY.retryAfterMs);
  const wait = Math.max(Math.round(ceiling * random), floor);
  // Who refuses is there, and may be in the middle of a deployment: however old a message is, it waits for the end of that.
  const isOver = failures >= DELIVERY_RETRY.attempts && (refusals === 0 || hadItsHour);
  return ageMs + wait > overallMs && isOver ? null : wait;
}

/** The same for every attempt, over every registration: a receiver that has seen it has seen the event. */
export function messageId(task_id: string, seq: number): string {
  return `msg_${task_id}_${seq}`;
}

/** Whether it is a secret of the Standard Webhooks scheme: `whsec_` and 24 to 64 bytes in base64. */
export function isWebhookSecret(text: string): boolean {
  const base64 = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/u.exec(text)?.[1] ?? '';
  const bytes = base64.replaceAll('=', '').length * 0.75;
  return bytes >= 24 && Math.floor(bytes) <= 64;
}

/** A webhook as a caller asks for it. */
export interface WebhookRequest {
  readonly url: string;
  /** `whsec_…`; absent: one is made, and shown in the answer alone. */
  readonly secret?: string | undefined;
  /** Only events of these types; absent: all. */
  readonly events?: readonly string[] | undefined;
}

export interface RegisterRequest extends WebhookRequest {
  /** Absent: for all workflows of the owner, from now on. */
  readonly task_id?: string | undefined;
  /** Of a registration that is there: replace its secret by one that is made. */
  readonly rotate_secret?: boolean | undefined;
}

/** Which registrations go: one by its id, or those of one address. */
export interface UnregisterRequest {
  readonly webhook_id?: string | undefined;
  readonly url?: string | undefined;
  /** With a url: the registration for this workflow alone; absent: the one for all workflows. */
  readonly task_id?: string | undefined;
}

/** What an answer tells of a webhook that was asked for with a workflow. */
export interface StartedWebhook {
  readonly webhook_id: string;
  /** Only where it was made here, and never again. */
  readonly secret?: string | undefined;
}

export interface RegisterView extends StartedWebhook {
  readonly url: string;
  readonly task_id: string | null;
  readonly events: readonly EventType[] | null;
  readonly created_at: string;
  /** Until when the secret before this one signs as well. */
  readonly former_secret_until: string | null;
}

export interface UnregisterView {
  readonly unregistered: number;
}

/** A registration, and what came of it. Its secret is never shown. */
export interface WebhookView {
  readonly webhook_id: string;
  /** Null: all workflows of the owner. */
  readonly task_id: string | null;
  readonly url: string;
  /** Null: all types. */
  readonly events: readonly EventType[] | null;
  readonly created_at: string;
  readonly former_secret_until: string | null;
  /** Nothing is delivered any more until it is registered again. */
  readonly disabled: { readonly at: string; readonly reason: string } | null;
  /** Messages that were taken. */
  readonly deliveries: number;
  /** Attempts that failed, whatever came of their message later. */
  readonly failures: number;
  readonly pending: number;
  readonly dead: number;
}

export interface DeliveryView {
  readonly delivery_id: string;
  readonly webhook_id: string;
  /** The `webhook-id` that the receiver sees. */
  readonly message_id: string;
  readonly task_id: string;
  readonly seq: number;
  readonly event_type: EventType;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly created_at: string;
  readonly last_attempt_at: string | null;
  /** When it is tried next; null while it waits for the message before it, and once it is settled. */
  readonly next_attempt_at: string | null;
  readonly delivered_at: string | null;
  /** The HTTP status of the last answer, or null where none came. */
  readonly last_status: number | null;
  /** Why the last attempt failed. */
  readonly last_error: string | null;
}

export interface DeliveriesRequest {
  readonly webhook_id?: string | undefined;
  readonly task_id?: string | undefined;
  readonly status?: DeliveryStatus | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** One page of each, newest first. A cursor carries both on; a list that has come to its end is empty then. */
export interface DeliveriesView {
  readonly webhooks: readonly WebhookView[];
  readonly deliveries: readonly DeliveryView[];
  readonly next_cursor?: string | undefined;
}

/** What the one door (views.ts) does about webhooks. */
export interface WebhookVerbs<Caller> {
  registerWebhook(request: RegisterRequest, caller: Caller): Promise<RegisterView>;
  unregisterWebhook(request: UnregisterRequest, caller: Caller): Promise<UnregisterView>;
  webhookDeliveries(caller: Caller, request?: DeliveriesRequest): Promise<DeliveriesView>;
  /** WEBHOOK_DISABLED where nothing is delivered to its webhook any more. */
  redeliver(delivery_id: string, caller: Caller): Promise<DeliveryView>;
}
