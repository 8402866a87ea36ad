/** What was said, for spans, where recording it is allowed: as the conventions spell it, and cut to what a collector takes. */

import { Buffer } from 'node:buffer';
import type { Json } from '../core/json.ts';
import { INPUT_MESSAGES, INSTRUCTIONS, OUTPUT_MESSAGES, TOOL_ARGUMENTS, TOOL_RESULT } from './conventions.ts';
import type { Attributes } from './span.ts';

/** Characters of one attribute. */
const MOST = 32_000;

type Fields = { readonly [key: string]: Json | undefined };

function fieldsOf(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/**
 * Of a text what fits, as a string of its own. A part of a string keeps the whole of it alive in V8, also a short one: the
 * queue of spans would keep whole pages and conversations.
 */
export function cut(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const own = Buffer.from(text.slice(0, MOST)).toString();
  return text.length <= MOST ? own : `${own}…`;
}

function said(role: Json | undefined, text: Json | undefined): Json {
  return { role: role ?? 'user', parts: [{ type: 'text', content: text ?? '' }] };
}

/** The first messages, as far as they are recorded: of a long conversation the rest need not be written out to be cut off. */
function firstOf(messages: readonly Fields[]): readonly Json[] {
  let room = MOST;
  return messages.flatMap(({ role, text }) => {
    if (room <= 0) return [];
    const words = typeof text === 'string' ? text.slice(0, MOST + 1) : text;
    room -= typeof words === 'string' ? words.length : 0;
    return [said(role, words)];
  });
}

export function modelContent(request: Json, output: Json): Attributes {
  const { system, messages } = fieldsOf(request);
  const asked = Array.isArray(messages) ? messages.map((message) => fieldsOf(message as Json)) : [];
  const { text } = fieldsOf(output);
  return {
    ...(system === undefined ? {} : { [INSTRUCTIONS]: cut([{ type: 'text', content: system }]) }),
    ...(asked.length === 0 ? {} : { [INPUT_MESSAGES]: cut(firstOf(asked)) }),
    ...(text === undefined ? {} : { [OUTPUT_MESSAGES]: cut([said('assistant', text)]) }),
  };
}

export function toolContent(request: Json, output: Json): Attributes {
  const { input } = fieldsOf(request);
  const { text } = fieldsOf(output);
  return {
    ...(input === undefined ? {} : { [TOOL_ARGUMENTS]: cut(input) }),
    ...(text === undefined ? {} : { [TOOL_RESULT]: cut(text) }),
  };
}
