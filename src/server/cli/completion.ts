/** `beltalowda completion`: scripts for three shells, made from the tables, so that they offer what there is. */

import { Fault } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { bash } from './completion-bash.ts';
import { fish } from './completion-fish.ts';
import { SHELLS } from './completion-words.ts';
import { zsh } from './completion-zsh.ts';

/** The script, ready to be sourced. Throws INVALID_INPUT for another shell. */
export function completion(shell: string): string {
  if (shell === 'bash') return bash();
  if (shell === 'zsh') return zsh();
  if (shell === 'fish') return fish();
  throw new Fault('INVALID_INPUT', `there is no completion for "${shell}", only for ${SHELLS.join(', ')}`, {
    hint: `Type: beltalowda completion ${nearest(shell, SHELLS) ?? 'bash'}`,
  });
}
