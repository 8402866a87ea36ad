/** `/analytics`: figures over many workflows, in four parts. */

import { z } from 'zod';
import type { Figures, PagedFiguresRequest } from '../../core/analytics.ts';
import { Fault } from '../../core/errors.ts';
import { MAX_PAGE } from '../../core/limits.ts';
import type { Caller } from '../../core/views.ts';
import { checked } from '../mcp/checked.ts';
import { cursor, since, until } from '../mcp/fields.ts';
import { answerSchemaOf } from '../mcp/schema.ts';
import { costsOutput, performanceOutput, summaryOutput, workflowsOutput } from './analytics-outputs.ts';
import { parseQuery } from './query.ts';
import { json, type Route, type RouteGroup } from './route.ts';

const all_owners = z
  .boolean()
  .default(false)
  .describe("Everybody's workflows, and how they divide among their owners: takes the scope admin");

const whole = z.strictObject({ since, until, all_owners });
const pages = whole.extend({
  limit: z.int().min(1).max(MAX_PAGE).optional().describe('Of the list that names single workflows'),
  cursor,
});

interface Part {
  readonly name: keyof Figures<Caller>;
  readonly summary: string;
  readonly query: typeof whole | typeof pages;
  readonly output: z.ZodObject;
  readonly ask: (figures: Figures<Caller>, caller: Caller, request: PagedFiguresRequest) => Promise<unknown>;
}

function routeOf({ name, summary, query, output, ask }: Part): Route {
  return {
    method: 'GET',
    path: `/analytics/${name}`,
    scope: 'read',
    summary,
    query,
    answer: { media: 'application/json', schema: () => answerSchemaOf(output), description: 'The figures' },
    handle: async ({ service, caller, principal, query: given }) => {
      const request = parseQuery(query, given);
      if (request.all_owners && !principal.scopes.has('admin')) {
        throw new Fault('FORBIDDEN', 'all_owners takes the scope admin');
      }
      const { figures } = await service.orchestrator();
      return json(checked(output, await ask(figures, caller, request), `analytics ${name}`));
    },
  };
}

const PARTS: readonly Part[] = [
  {
    name: 'summary',
    summary: 'How many workflows, how many succeeded, how long they took, what they cost',
    query: whole,
    output: summaryOutput,
    ask: (figures, caller, request) => figures.summary(caller, request),
  },
  {
    name: 'workflows',
    summary: 'How many are under way and were completed, by pattern, model and day; the newest; failures by code',
    query: pages,
    output: workflowsOutput,
    ask: (figures, caller, request) => figures.workflows(caller, request),
  },
  {
    name: 'costs',
    summary: 'What they cost, by pattern, model and day; the most expensive',
    query: pages,
    output: costsOutput,
    ask: (figures, caller, request) => figures.costs(caller, request),
  },
  {
    name: 'performance',
    summary: 'How long they took: averages and percentiles by pattern, model and day; the slowest',
    query: pages,
    output: performanceOutput,
    ask: (figures, caller, request) => figures.performance(caller, request),
  },
];

export const ANALYTICS: RouteGroup = {
  name: 'analytics',
  description: 'Figures over workflows created in a range of time. Deleted and expired ones are not counted.',
  routes: PARTS.map(routeOf),
};
