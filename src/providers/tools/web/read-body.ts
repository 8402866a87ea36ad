/** What a server sent, as a text that can be quoted. Runs in the reading thread: any of it may take long or never end. */

import type { Domain, ParsedText } from '../../../core/source.ts';
import { parseDocument, UnreadableDocument, type ParsedDocument } from '../documents/documents.ts';
import { decode, isBinary, seen } from './characters.ts';
import { statedDay } from './dates.ts';
import { domainOfHost } from './hosts.ts';
import { type BodyKind, isDocument } from './media-types.ts';
import { isDeep } from './nesting.ts';
import { readable } from './readable.ts';

export interface BodyJob {
  readonly kind: 'body';
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly content_type: string;
  readonly body: BodyKind;
  /** Without taking the page apart: for one that did not end the first time. */
  readonly plainly: boolean;
}

export type ReadText = ParsedText & { readonly sha256: string };

/** `missing` says why there is nothing to read, in words for a model. */
export type BodyRead =
  | { readonly text: ReadText; readonly partial: string | null }
  | { readonly text: null; readonly missing: string };

/** Characters of Markdown below which a page may have been taken for its own frame. */
const FEW = 200;

export async function readBody(job: BodyJob): Promise<BodyRead> {
  try {
    return job.body === 'html' ? await readPage(job) : await readFile(job);
  } catch (error) {
    if (error instanceof UnreadableDocument) return { text: null, missing: error.message };
    throw error;
  }
}

async function readFile({ url, bytes, content_type, body }: BodyJob): Promise<BodyRead> {
  const isText = !isDocument(body);
  if (isText && isBinary(bytes)) return { text: null, missing: 'binary data, not text' };
  const content = isText ? new TextEncoder().encode(seen(decode(bytes, content_type))) : bytes;
  const { text, partial } = await parseDocument({ name: nameFor(url, body), bytes: content, location: url });
  return { text: placed(text, url), partial };
}

async function readPage(job: BodyJob): Promise<BodyRead> {
  const html = decode(job.bytes, job.content_type);
  const main = job.plainly || isDeep(html) ? null : await asMarkdown(html, job.url);
  if (main !== null && main.text.text.length >= FEW) return { text: main.text, partial: null };
  const whole = await asPlain(html, job.url);
  const best = longest(main, whole);
  if (best !== null) return { text: best.text, partial: null };
  return { text: null, missing: 'the page shows no text: it may need a browser that runs its scripts' };
}

function longest(main: ParsedDocument | null, whole: ParsedDocument | null): ParsedDocument | null {
  if (main === null || whole === null) return main ?? whole;
  return whole.text.text.length > 2 * main.text.text.length ? whole : main;
}

async function asMarkdown(html: string, url: string): Promise<ParsedDocument | null> {
  let page;
  try {
    page = await readable(html, url);
  } catch (error) {
    // A page that its reader cannot take (too deep for its stack, say) is still read plainly.
    if (error instanceof Error) return null;
    throw error;
  }
  const markdown = seen(page.markdown);
  if (markdown.trim() === '') return null;
  const bytes = new TextEncoder().encode(markdown);
  const parsed = await orNone(parseDocument({ name: nameFor(url, 'markdown'), bytes, location: url }));
  if (parsed === null) return null;
  const title = seen(page.title).replaceAll(/\s+/gu, ' ').trim().slice(0, 200);
  const date = statedDay(page.published) ?? parsed.text.date;
  const text = { ...parsed.text, date, ...(title !== '' && { title }) };
  return { text: placed(text, url), partial: null };
}

async function asPlain(html: string, url: string): Promise<ParsedDocument | null> {
  const bytes = new TextEncoder().encode(seen(html));
  const parsed = await orNone(parseDocument({ name: nameFor(url, 'html'), bytes, location: url }));
  return parsed === null ? null : { text: placed(parsed.text, url), partial: parsed.partial };
}

async function orNone(parsing: Promise<ParsedDocument>): Promise<ParsedDocument | null> {
  try {
    return await parsing;
  } catch (error) {
    if (error instanceof UnreadableDocument) return null;
    throw error;
  }
}

function placed<T extends { readonly domain: Domain }>(text: T, url: string): T {
  return { ...text, domain: domainOfHost(new URL(url).hostname) ?? text.domain };
}

const ENDINGS: Readonly<Record<Exclude<BodyKind, 'code' | 'text'>, string>> = {
  html: 'html',
  markdown: 'md',
  pdf: 'pdf',
  docx: 'docx',
  csv: 'csv',
  json: 'json',
};

/** A file name that says the format and, by its stem, what the page is called where it has no title. */
function nameFor(url: string, body: BodyKind): string {
  const { pathname, hostname } = new URL(url);
  const last = decoded(pathname.split('/').findLast((part) => part !== '') ?? '');
  const dot = last.lastIndexOf('.');
  const stem = (dot > 0 ? last.slice(0, dot) : last) || hostname;
  if (body === 'code') return last;
  return `${stem}.${body === 'text' ? (last.endsWith('.log') ? 'log' : 'txt') : ENDINGS[body]}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
