/** Questions about the example documents, and what a right answer holds: tests/fixtures/questions/README.md says how. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** One thing an answer says. Any of the values will do; documents are paths below examples/documents. */
const Fact = z.strictObject({
  values: z.array(z.string().min(1)).min(1),
  /** What must stand in the same quote, where the value alone could be about something else. */
  near: z.string().min(1).optional(),
  documents: z.array(z.string()).min(1),
});

const Question = z.strictObject({
  id: z.string(),
  kind: z.enum([
    'plain',
    'number',
    'date',
    'name',
    'table',
    'pdf',
    'docx',
    'code',
    'stale',
    'version',
    'contradiction',
    'comparison',
    'multi',
    'unanswerable',
  ]),
  /** How near the question is to the words of the documents. */
  wording: z.enum(['close', 'paraphrase', 'hard']),
  question: z.string(),
  /** All of these belong to the answer; none where the documents hold no answer. */
  facts: z.array(Fact),
  /** What no longer holds, and may be shown only as such. */
  stale: z.array(Fact).default([]),
});

export type Fact = z.infer<typeof Fact>;
export type Question = z.infer<typeof Question>;
export type Part = 'development' | 'held-out';

export const PARTS: readonly Part[] = ['development', 'held-out'];

/** The folder the questions are about. */
export const DOCUMENTS: string = fileURLToPath(new URL('../../examples/documents', import.meta.url));

/** The questions of one part. Throws where the file is not of the shape above. */
export function questionsOf(part: Part): readonly Question[] {
  const file = new URL(`../../tests/fixtures/questions/${part}.json`, import.meta.url);
  return z.array(Question).parse(JSON.parse(readFileSync(file, 'utf8')));
}
