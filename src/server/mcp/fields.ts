/** Argument fields that several tools and prompts share. */

import { z } from 'zod';
import { BUDGET_RANGES, MAX_AGENTS, MAX_CURSOR } from '../../core/limits.ts';

/** Sources of one workflow that a caller may name. */
const MAX_SOURCES = 100;
/** A date and time with milliseconds and offset has 29 characters. */
const MAX_TIME = 40;

/** A text that can be stored and shown: well-formed Unicode without NUL, not only white space. */
export function text(most: number): z.ZodString {
  return storable(z.string().min(1).max(most));
}

export function storable(schema: z.ZodString): z.ZodString {
  return schema
    .refine((value) => value.isWellFormed(), { error: 'holds half of a surrogate pair: send valid Unicode text' })
    .refine((value) => !value.includes('\0'), { error: 'holds a NUL character: send plain text' })
    .refine((value) => value === '' || value.trim() !== '', { error: 'is only white space: say something' });
}

/** Any string up to 100 characters: what is no id of the caller's is NOT_FOUND, whatever its form. */
export const taskId: z.ZodString = z.string().min(1).max(100).describe('From orchestrate_research');

/** Clients give a call up at 60 s by default, so no wait is longer than 50 s. */
export const waitSeconds: z.ZodDefault<z.ZodInt> = z
  .int()
  .min(0)
  .max(50)
  .default(0)
  .describe('Wait up to this long for the end');

export const agents: z.ZodOptional<z.ZodInt> = z.int().min(1).max(MAX_AGENTS).optional();

const { max_cost_usd, max_tokens, max_minutes } = BUDGET_RANGES;

/** What is too much is for the orchestrator to say, which knows the caps; two tools show this to every conversation. */
const budgetObject = z.strictObject({
  max_cost_usd: z.number().min(max_cost_usd.least).optional(),
  max_tokens: z.int().min(max_tokens.least).optional(),
  max_minutes: z.int().min(max_minutes.least).optional(),
});

export const budget: z.ZodOptional<typeof budgetObject> = budgetObject.optional();

/** What is wrong with it is for the orchestrator to say: every conversation pays for what stands here. */
const webhookObject = z.strictObject({
  url: z.string(),
  secret: z.string().optional(),
  events: z.array(z.string()).optional(),
});

export const webhook: z.ZodOptional<typeof webhookObject> = webhookObject
  .optional()
  .describe('Told of events; default all');

export const sources: z.ZodOptional<z.ZodArray<z.ZodString>> = z.array(text(4096)).min(1).max(MAX_SOURCES).optional();

export const cursor: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1)
  .max(MAX_CURSOR)
  .optional()
  .describe('next_cursor of the page before');

/** Read by the orchestrator, which knows what it accepts. */
export const since: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1)
  .max(MAX_TIME)
  .optional()
  .describe('Created from, ISO 8601');

export const until: z.ZodOptional<z.ZodString> = z.string().min(1).max(MAX_TIME).optional().describe('Created before');
