/** Answers are checked before they leave. */

import type { z } from 'zod';
import { Fault } from '../../core/errors.ts';

/** The view as its schema names it, nothing beyond. Throws INTERNAL, and says where, when it breaks the schema. */
export function checked(schema: z.ZodObject, view: unknown, what: string): Record<string, unknown> {
  const parsed = schema.safeParse(view);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Fault('INTERNAL', `${what} breaks its own schema at ${where}`, { cause: parsed.error });
}
