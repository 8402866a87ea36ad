/** Prompts are files with a version in their name. A changed prompt is another version: its hash is part of every call made with it. */

import { createHash } from 'node:crypto';

export interface Prompt {
  /** `belter-1`: whose it is, and which version. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
}

export function prompt(name: string, text: string): Prompt {
  return { name, text, hash: createHash('sha256').update(text).digest('hex') };
}
