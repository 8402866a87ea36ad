/** What was said, for spans, where recording it is allowed: as the conventions spell it, and cut to what a collector takes. */

import type { Json } from '../core/json.ts';
import { INPUT_MESSAGES, INSTRUCTIONS, OUTPUT_MESSAGES, TOOL_ARGUMENTS, TOOL_RESULT } from './conventions.ts';
import type { Attributes } from './span.ts';

/** Characters of one attribute. */
const MOST = 32_000;

type Fields = { readonly [key: string]: Json | undefined };

function fieldsOf(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function cut(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= MOST ? text : `${text.slice(0, MOST).toWellFormed()}…`;
}

function said(role: Json | undefined, text: Json | undefined): Json {
  return { role: role ?? 'user', parts: [{ type: 'text', content: text ?? '' }] };
}

export function modelContent(request: Json, output: Json): Attributes {
  const { system, messages } = fieldsOf(request);
  const asked = Array.isArray(messages) ? messages.map((message) => fieldsOf(message as Json)) : [];
  const { text } = fieldsOf(output);
  return {
    ...(system === undefined ? {} : { [INSTRUCTIONS]: cut([{ type: 'text', content: system }]) }),
    ...(asked.length === 0 ? {} : { [INPUT_MESSAGES]: cut(asked.map(({ role, text: words }) => said(role, words))) }),
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
