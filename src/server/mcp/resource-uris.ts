/** What can be read as a resource, and under which URI. */

import { REPORT_NAME } from '../../core/report.ts';

export const PATTERNS_URI = 'orchestrator://patterns';

/** The views of a workflow that are JSON. */
const FACETS = ['status', 'results', 'events'] as const;
export type Facet = (typeof FACETS)[number];

export type Place =
  | { readonly kind: 'patterns' }
  | { readonly kind: Facet; readonly task_id: string }
  | { readonly kind: 'source'; readonly task_id: string; readonly source_id: string }
  | { readonly kind: 'document'; readonly task_id: string; readonly name: string };

/** What a URI names, whether or not it exists; null when it is none of ours. */
export function placeOf(uri: string): Place | null {
  if (uri === PATTERNS_URI) return { kind: 'patterns' };
  const parts = /^orchestrator:\/\/([^/?#]+)\/([^/?#]+)(?:\/([^/?#]+))?$/.exec(uri);
  const [task_id, facet, rest] = parts?.slice(1).map((part) => (part === undefined ? undefined : decoded(part))) ?? [];
  if (task_id === undefined || facet === undefined) return null;
  if (rest === undefined) return isFacet(facet) ? { kind: facet, task_id } : null;
  if (facet === 'sources') return { kind: 'source', task_id, source_id: rest };
  return facet === 'documents' ? { kind: 'document', task_id, name: rest } : null;
}

function isFacet(word: string): word is Facet {
  return FACETS.some((facet) => facet === word);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // No valid percent-encoding: it is looked for as it stands, and not found.
    return part;
  }
}

export function facetUri(task_id: string, facet: Facet): string {
  return `orchestrator://${task_id}/${facet}`;
}

export interface ResourceTemplateCard {
  readonly name: string;
  readonly title: string;
  readonly uriTemplate: string;
  readonly description: string;
  readonly mimeType: string;
}

const JSON_TYPE = 'application/json';

/** In the order of `resources/templates/list`. */
export const TEMPLATES: readonly ResourceTemplateCard[] = [
  {
    name: 'status',
    title: 'Status of a research task',
    uriTemplate: 'orchestrator://{task_id}/status',
    description: 'What get_status answers.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'results',
    title: 'Result of a research task',
    uriTemplate: 'orchestrator://{task_id}/results',
    description: 'What get_result answers with detail evidence, the whole report on one page.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'events',
    title: 'Events of a research task',
    uriTemplate: 'orchestrator://{task_id}/events',
    description: 'All that happened to the task, in order.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'source',
    title: 'Text of a source',
    uriTemplate: 'orchestrator://{task_id}/sources/{source_id}',
    description: 'The stored text of a source, exactly: start and end of a claim count in it, in UTF-16 units.',
    mimeType: 'text/plain',
  },
  {
    name: 'document',
    title: 'Report as a file',
    uriTemplate: 'orchestrator://{task_id}/documents/{name}',
    description: `A file of the result, as get_result lists them: ${REPORT_NAME}.`,
    mimeType: 'text/markdown',
  },
];
