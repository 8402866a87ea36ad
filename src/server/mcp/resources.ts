/** Workflows as resources: lists them, reads them. A client that knows no resources has the tools for all it needs. */

import type { ListResourcesResult, ReadResourceResult, Resource } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import type { WorkflowEvent } from '../../core/event.ts';
import type { WorkflowSummary } from '../../core/listing.ts';
import { documentUri, REPORT_NAME } from '../../core/report.ts';
import type { Caller, EventsView, Orchestrator } from '../../core/views.ts';
import { checked } from './checked.ts';
import { eventsOutput, resultOutput, statusOutput } from './outputs.ts';
import { patternsText } from './patterns.ts';
import { type Facet, facetUri, PATTERNS_URI, placeOf, type Place, TEMPLATES } from './resource-uris.ts';
import { clip } from './text-parts.ts';

export interface ResourceParts {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
}

/** Workflows on one page of `resources/list`. */
export const WORKFLOWS_LISTED = 50;
/** Events read at a time. */
const EVENTS_READ = 1000;
const JSON_TYPE = 'application/json';

const PATTERNS: Resource = {
  uri: PATTERNS_URI,
  name: 'patterns',
  title: 'Research patterns',
  description: 'What orchestrator_type may be: the roles at work, and when to choose which.',
  mimeType: JSON_TYPE,
};

/** The patterns, then the newest workflows; `cursor` is that of list_workflows. */
export async function listResources(parts: ResourceParts, cursor: string | undefined): Promise<ListResourcesResult> {
  const orchestrator = await parts.orchestrator();
  const { workflows, next_cursor } = await orchestrator.list(parts.caller, { limit: WORKFLOWS_LISTED, cursor });
  const listed = workflows.flatMap((workflow) => resourcesOf(workflow));
  return {
    resources: cursor === undefined ? [PATTERNS, ...listed] : listed,
    ...(next_cursor === undefined ? {} : { nextCursor: next_cursor }),
  };
}

function resourcesOf({ task_id, title, task, completeness }: WorkflowSummary): Resource[] {
  const subject = clip(title ?? task);
  const facet = (kind: 'status' | 'results', what: string): Resource => ({
    uri: facetUri(task_id, kind),
    name: `${task_id}/${kind}`,
    title: `${what}: ${subject}`,
    mimeType: JSON_TYPE,
  });
  const report: Resource = {
    uri: documentUri(task_id, REPORT_NAME),
    name: `${task_id}/${REPORT_NAME}`,
    title: `Report: ${subject}`,
    mimeType: 'text/markdown',
  };
  return [facet('status', 'Status'), facet('results', 'Result'), ...(completeness === null ? [] : [report])];
}

/** Throws NOT_FOUND for what is none of ours; of a workflow, what the orchestrator throws. */
export async function readResource(parts: ResourceParts, uri: string): Promise<ReadResourceResult> {
  const place = placeOf(uri) ?? unknownUri(uri);
  if (place.kind === 'patterns') return contents(uri, JSON_TYPE, patternsText());
  return read(await parts.orchestrator(), { caller: parts.caller, uri, place });
}

/** Throws NOT_FOUND for a URI that is none of ours, and for one of a workflow that is not the caller's. */
export async function checkResource(parts: ResourceParts, uri: string): Promise<void> {
  const place = placeOf(uri) ?? unknownUri(uri);
  if (place.kind !== 'patterns') await (await parts.orchestrator()).status(place.task_id, parts.caller);
}

function unknownUri(uri: string): never {
  throw new Fault('NOT_FOUND', `no resource has the URI ${JSON.stringify(clip(uri))}`, {
    hint: `Resources are ${[PATTERNS_URI, ...TEMPLATES.map(({ uriTemplate }) => uriTemplate)].join(', ')}.`,
  });
}

interface Reading {
  readonly caller: Caller;
  readonly uri: string;
  readonly place: Exclude<Place, { readonly kind: 'patterns' }>;
}

async function read(orchestrator: Orchestrator, { caller, uri, place }: Reading): Promise<ReadResourceResult> {
  const { task_id } = place;
  if (place.kind === 'source') {
    const { text } = await orchestrator.source(task_id, place.source_id, caller);
    return contents(uri, 'text/plain', text);
  }
  if (place.kind === 'document') {
    const { mime_type, text } = await orchestrator.document(task_id, place.name, caller);
    return contents(uri, mime_type, text);
  }
  const [schema, view] = await FACET[place.kind](orchestrator, task_id, caller);
  return contents(uri, JSON_TYPE, JSON.stringify(checked(schema, view, uri)));
}

type ReadFacet = (orchestrator: Orchestrator, task_id: string, caller: Caller) => Promise<[z.ZodObject, object]>;

/** What each JSON facet shows, and the schema it is checked against. */
const FACET: Readonly<Record<Facet, ReadFacet>> = {
  status: async (orchestrator, task_id, caller) => [statusOutput, await orchestrator.status(task_id, caller)],
  results: async (orchestrator, task_id, caller) => [
    resultOutput,
    await orchestrator.result(task_id, caller, { detail: 'evidence', max_chars: Number.MAX_SAFE_INTEGER }),
  ],
  events: async (orchestrator, task_id, caller) => [eventsOutput, await allEvents(orchestrator, task_id, caller)],
};

async function allEvents(orchestrator: Orchestrator, task_id: string, caller: Caller): Promise<EventsView> {
  const events: WorkflowEvent[] = [];
  for (;;) {
    const page = await orchestrator.events(task_id, caller, { after: events.at(-1)?.seq ?? 0, limit: EVENTS_READ });
    events.push(...page.events);
    if (page.events.length < EVENTS_READ) return { ...page, events };
  }
}

function contents(uri: string, mimeType: string, text: string): ReadResourceResult {
  return { contents: [{ uri, mimeType, text }] };
}
