/** Pages of the web as texts that can be quoted: fetched, let through by the site's own rules, read, and kept for the next who asks. */

import { type Clock, iso } from '../../../core/clock.ts';
import type { FoundText } from '../../agent-tool.ts';
import { modifiedAt } from './dates.ts';
import { type Fetched, FetchFailure, type Http, laterFault } from './http.ts';
import {
  type BodyKind,
  bodyKind,
  isDocument,
  mediaType,
  MOST_DOCUMENT_BYTES,
  MOST_TEXT_BYTES,
  provenKind,
} from './media-types.ts';
import type { BodyRead } from './read-body.ts';
import type { Robots } from './robots.ts';
import { Shared } from './shared.ts';
import { ReadingEnded, type Threads } from './threads.ts';

export interface Page {
  readonly text: FoundText;
  /** What of it is missing, in words for a model; null when nothing is. */
  readonly partial: string | null;
}

export interface Pages {
  /** Rejects with `FetchFailure` in words for a model, with ADDRESS_REFUSED, and with retryable faults. */
  read(address: string, signal: AbortSignal): Promise<Page>;
}

export interface PagesParts {
  readonly http: Http;
  readonly robots: Robots;
  readonly threads: Threads;
  readonly clock: Clock;
}

const KEPT_MS = 1_800_000;
const MOST_CHARACTERS = 32_000_000;
const PAGE_MS = 10_000;
const DOCUMENT_MS = 25_000;
const ACCEPT =
  'text/html, application/xhtml+xml, application/pdf, text/markdown, text/plain;q=0.9, application/json;q=0.9, */*;q=0.5';

export function openPages(parts: PagesParts): Pages {
  const pages = new Shared<Page>({
    clock: parts.clock,
    kept_ms: KEPT_MS,
    most_weight: MOST_CHARACTERS,
    weigh: ({ text }) => text.text.length,
  });
  return {
    read: (address, signal) => pages.get(keyOf(address), (stop) => fetchPage(address, parts, stop), signal),
  };
}

/** Fragments name a place within a page, not another one. */
function keyOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.hash = '';
  return url.href;
}

async function fetchPage(address: string, parts: PagesParts, signal: AbortSignal): Promise<Page> {
  const fetched = await parts.http.fetch(address, {
    accept: ACCEPT,
    most: mostOf,
    signal,
    hop: async (url) => {
      const refusal = await parts.robots(url, signal);
      if (refusal !== null) throw new FetchFailure(refusal);
    },
  });
  const later = laterFault(fetched, parts.clock.now());
  if (later !== null) throw later;
  if (fetched.status < 200 || fetched.status >= 300) throw new FetchFailure(statusWords(fetched));
  const type = mediaType(fetched.headers['content-type']);
  const stated = bodyKind(type, fetched.url.pathname);
  if (stated === null) throw new FetchFailure(`it is ${type}, not a text`);
  if (fetched.bytes.length === 0) throw new FetchFailure('it is empty');
  const kind = provenKind(stated, type, fetched.bytes);
  if (isDocument(kind) && fetched.cut) {
    throw new FetchFailure(
      `it is too large: of a ${kind.toUpperCase()} at most ${megabytes(MOST_DOCUMENT_BYTES)} are read`,
    );
  }
  return pageOf(fetched, await readWith(fetched, kind, { parts, signal }), parts.clock);
}

function mostOf(headers: Fetched['headers'], url: URL): number {
  const type = mediaType(headers['content-type']);
  const kind = bodyKind(type, url.pathname);
  if (kind === null) return 0;
  // Where the type is not stated, it may yet prove to be a document.
  return isDocument(kind) || type === '' || type.endsWith('octet-stream') ? MOST_DOCUMENT_BYTES : MOST_TEXT_BYTES;
}

function statusWords({ status, url }: Fetched): string {
  if (status === 404 || status === 410) return `${url.host} has no such page (HTTP ${status})`;
  if (status === 401 || status === 403 || status === 402)
    return `${url.host} does not show it to programs (HTTP ${status})`;
  return `${url.host} answers HTTP ${status}`;
}

interface ReadingParts {
  readonly parts: PagesParts;
  readonly signal: AbortSignal;
}

async function readWith(fetched: Fetched, body: BodyKind, { parts, signal }: ReadingParts): Promise<BodyRead> {
  const bytes = isDocument(body) ? fetched.bytes : fetched.bytes.subarray(0, MOST_TEXT_BYTES);
  const content_type = fetched.headers['content-type'] ?? '';
  const job = { kind: 'body', url: fetched.url.href, bytes, content_type, body } as const;
  const limit_ms = isDocument(body) ? DOCUMENT_MS : PAGE_MS;
  try {
    return await parts.threads.run({ ...job, plainly: false }, { limit_ms, signal });
  } catch (thrown) {
    if (!(thrown instanceof ReadingEnded)) throw thrown;
    if (body !== 'html') throw new FetchFailure(`its ${body.toUpperCase()} cannot be read: ${thrown.message}`);
  }
  try {
    return await parts.threads.run({ ...job, plainly: true }, { limit_ms, signal });
  } catch (thrown) {
    if (thrown instanceof ReadingEnded) throw new FetchFailure(`the page cannot be read: ${thrown.message}`);
    throw thrown;
  }
}

function pageOf(fetched: Fetched, read: BodyRead, clock: Clock): Page {
  if (read.text === null) throw new FetchFailure(read.missing);
  const { url, headers, bytes } = fetched;
  const isCut =
    fetched.cut || (read.text.format !== 'pdf' && read.text.format !== 'docx' && bytes.length > MOST_TEXT_BYTES);
  const cut = isCut ? `only the first ${megabytes(MOST_TEXT_BYTES)} were read` : null;
  const now = clock.now();
  return {
    text: {
      ...read.text,
      location: locationOf(url),
      uri: url.href,
      modified_at: headers['last-modified'] === undefined ? iso(now) : modifiedAt(headers['last-modified'], now),
    },
    partial: [cut, read.partial].filter((part) => part !== null).join('; ') || null,
  };
}

/** The address as people know it: without protocol and the slash that ends it. */
function locationOf(url: URL): string {
  return `${url.host}${url.pathname}${url.search}`.replace(/\/$/u, '');
}

function megabytes(bytes: number): string {
  return `${bytes / 1_000_000} MB`;
}
