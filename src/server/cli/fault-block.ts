/** Errors as a person reads them: what is wrong, then what to do. */

import type { ErrorRecord } from '../../core/errors.ts';
import { paints } from './style.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './width.ts';

/** Two lines on standard error: `error CODE: message` and `hint: …`. */
export function printRecord(terminal: Terminal, { code, message, hint }: ErrorRecord): void {
  const paint = paints(terminal.color.err);
  terminal.err(
    `${paint('bad', `error ${code}:`)} ${printable(message)}\n${paint('active', 'hint:')} ${printable(hint)}\n`,
  );
}
