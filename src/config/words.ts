/** What a table of options says of each. */

import type { Kind } from './kinds.ts';

export interface Words {
  readonly kind: Kind<unknown>;
  readonly description: string;
  /** What holds when nobody says anything; null for nothing. */
  readonly preset: unknown;
  /** The default in words, where the preset itself would not tell. */
  readonly fallback?: string;
  /** The variable, where it is not the flag's name in capitals. */
  readonly env?: string;
  /** Its key in the file, where that is not the variable's name in small letters. */
  readonly key?: string;
  /** Whether its value may hold secrets: then it is copied nowhere. */
  readonly secret?: boolean;
  /** Whether the file may hold it; false for what leads to the file. */
  readonly inFile?: boolean;
}
