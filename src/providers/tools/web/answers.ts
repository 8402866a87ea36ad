/** What tools take and say. */

import type { Json } from '../../../core/json.ts';
import type { ToolAnswer } from '../../agent-tool.ts';

type Input = { readonly [name: string]: Json };

export function failed(text: string): ToolAnswer {
  return { text, found: [], failed: true };
}

/** A text that was given and is not blank; else null. */
export function wordOf(input: Input, name: string): string | null {
  const value = input[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A whole number within bounds; what is none, or beyond them, becomes the nearest that is. */
export function countOf(
  input: Input,
  name: string,
  bounds: { readonly preset: number; readonly most: number },
): number {
  const value = input[name];
  const number = typeof value === 'number' ? value : Number(typeof value === 'string' ? value : Number.NaN);
  return Number.isFinite(number) ? Math.min(bounds.most, Math.max(1, Math.round(number))) : bounds.preset;
}
