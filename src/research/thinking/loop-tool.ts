/** A tool as the agent loop runs it, wherever it comes from. */

import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import type { ObjectSchema, ToolCard } from '../../providers/providers.ts';
import { asJson, plain } from '../journal.ts';
import type { Brought } from './shelf.ts';

export type ToolInput = { readonly [name: string]: Json };

export interface ToolResult {
  /** For the model. */
  readonly text: string;
  /** Whether the text holds words of others: the loop frames it then. */
  readonly outside: boolean;
  readonly failed: boolean;
  /** Texts to quote from; the loop gives them ids. */
  readonly brought: readonly Brought[];
  /** Names of what it showed or changed: where none of them is new, the turn brought nothing. */
  readonly seen: readonly string[];
}

export interface LoopTool {
  readonly card: ToolCard;
  /** `key` names the call within the step. Bad input and failures are results; it rejects only with what ends the agent. */
  run(input: ToolInput, key: string): Promise<ToolResult>;
}

/** What is wrong with a call, in our own words. */
export function failure(text: string): ToolResult {
  return { text, outside: false, failed: true, brought: [], seen: [] };
}

/** The JSON Schema of what a tool takes: what has a default may be left out. */
export function inputSchema(form: z.ZodType): ObjectSchema {
  return plain(asJson(z.toJSONSchema(form, { io: 'input' }))) as ObjectSchema;
}

/** What is wrong with an input, in words to correct it by. */
export function problemsOf(error: z.ZodError): string {
  const problems = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  return problems.join('; ');
}
