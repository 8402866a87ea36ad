/** Reading what vendors send: whatever has not the expected type is absent, never a crash. */

import type { Json } from '../../../core/json.ts';

export type Fields = { readonly [name: string]: Json | undefined };

export function fields(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Empty where there is none. */
export function words(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A count of tokens; null where there is none. */
export function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.ceil(value) : null;
}

/** No answer and no tool's input is nested deeper. One that is could be read, and then not be written down: that takes a stack. */
const DEEPEST = 100;

function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (quoted && char === '\\') at += 1;
    else if (!quoted && (char === '[' || char === '{')) depth += 1;
    else if (!quoted && (char === ']' || char === '}')) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** JSON as it is, or null where the text is none, or is nested beyond all reason. */
export function parsed(text: string): { readonly value: Json } | null {
  if (isTooDeep(text)) return null;
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    // Text of vendors and models is often no JSON; those who call say what that means for them.
    return null;
  }
}

/** What a model wrote as the input of a tool: its object, or null. Nothing at all is the empty object. */
export function toolInput(raw: string): { readonly [name: string]: Json } | null {
  if (raw.trim() === '') return {};
  const value = parsed(raw)?.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: Json })
    : null;
}
