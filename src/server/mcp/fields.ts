/** Argument fields that several tools share. */

import { z } from 'zod';

/** A text that can be stored and shown: well-formed Unicode without NUL, not only white space. */
export function text(most: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(most)
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
