/** From the result of a tool to a text that an agent reads and quotes. It is data from outside, and of any size. */

import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';

/** Characters of one result that are kept. */
export const MOST_KEPT = 200_000;

export interface ResultText {
  readonly text: string;
  /** Characters there were, where not all were kept; else null. */
  readonly of: number | null;
}

/** Controls and what shows nothing: a model would read what a person does not see. Joiners are spelling in some scripts. */
const UNSEEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}]/gu;

export function seen(text: string): string {
  return text.replaceAll(UNSEEN, '');
}

export function resultText({
  content,
  structuredContent,
}: Pick<CallToolResult, 'content' | 'structuredContent'>): ResultText {
  const parts = content.map(blockText);
  if (structuredContent !== undefined) {
    const written = plain(structuredContent);
    if (written === null) parts.push('[structured content nested too deep to be shown]');
    else if (!isMirrored(content, written)) parts.push(indented(structuredContent, written));
  }
  const all = parts.filter((part) => part.trim() !== '').join('\n\n');
  const text = seen(all.slice(0, MOST_KEPT)).toWellFormed();
  return { text, of: all.length > MOST_KEPT ? all.length : null };
}

/** On one line; null where it is nested deeper than JSON can be written. */
function plain(structured: unknown): string | null {
  try {
    return JSON.stringify(structured);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

/** Characters and levels up to which it is set out on lines, as people and models read it best. */
const MOST_INDENTED = 20_000;
const DEEPEST_INDENTED = 20;

/** Indentation grows with the depth of each value: two megabytes nested deep become gigabytes of blanks. */
function indented(structured: unknown, written: string): string {
  const isSmall = written.length <= MOST_INDENTED && depthOf(written) <= DEEPEST_INDENTED;
  return isSmall ? JSON.stringify(structured, null, 2) : written;
}

/** Levels at most: brackets within strings count, too, which only keeps the text on one line. */
function depthOf(written: string): number {
  let depth = 0;
  let most = 0;
  for (const character of written) {
    if (character === '{' || character === '[') most = Math.max(most, (depth += 1));
    else if (character === '}' || character === ']') depth -= 1;
  }
  return most;
}

/** Servers repeat structured content as text, for hosts that read only that. */
function isMirrored(content: CallToolResult['content'], wanted: string): boolean {
  return content.some((block) => {
    if (block.type !== 'text' || !/^\s*[[{]/u.test(block.text)) return false;
    try {
      return JSON.stringify(JSON.parse(block.text)) === wanted;
    } catch {
      // A text that only begins like JSON is not it.
      return false;
    }
  });
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type} of type ${block.mimeType}, ${bytes(block.data)}: not shown]`;
    case 'resource_link':
      return [`${block.title ?? block.name}: ${block.uri}`, block.description ?? ''].join('\n').trim();
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return `${resource.uri}\n\n${resource.text}`;
      return `[${resource.uri} of type ${resource.mimeType ?? 'unknown'}, ${bytes(resource.blob)}: not shown]`;
    }
    default:
      return block satisfies never;
  }
}

/** Of what is written in base64. */
function bytes(base64: string): string {
  const count = Math.floor((base64.length * 3) / 4);
  return count < 1000 ? `${count} bytes` : `${Math.round(count / 1000)} kB`;
}
