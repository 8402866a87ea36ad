/** Completion of prompt arguments and of what stands in resource URIs. What cannot be completed has no completions. */

import type { CompleteResult } from '@modelcontextprotocol/server';
import { toFault } from '../../core/errors.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import type { Completable } from './prompt.ts';

export interface CompletionParts {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
}

/** What the protocol lets one answer hold. */
const MOST = 100;

export function completion(found: readonly string[]): CompleteResult {
  const hasMore = found.length > MOST;
  // Beyond the limit nobody has counted.
  return { completion: { values: found.slice(0, MOST), hasMore, ...(hasMore ? {} : { total: found.length }) } };
}

/** Words that go on from what was typed, case apart. */
function continuing(words: readonly string[], typed: string): string[] {
  return words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()));
}

export async function completeArgument(
  parts: CompletionParts,
  completable: Completable | undefined,
  value: string,
): Promise<readonly string[]> {
  if (completable === undefined) return [];
  if (completable.kind === 'task_id') return completeTaskId(parts, value);
  return completable.kind === 'one' ? continuing(completable.words, value) : lastOfSeveral(completable.words, value);
}

/** The last of several words is being typed; those before it stay, and are not offered again. */
function lastOfSeveral(words: readonly string[], value: string): string[] {
  const before = value.slice(0, value.lastIndexOf(',') + 1);
  const taken = new Set(before.split(',').map((word) => word.trim()));
  const open = words.filter((word) => !taken.has(word));
  const lead = before === '' ? '' : `${before} `;
  return continuing(open, value.slice(before.length).trim()).map((word) => lead + word);
}

/** One more than fits is asked for, so that the answer can say that there are more. */
async function completeTaskId({ orchestrator, caller }: CompletionParts, value: string): Promise<readonly string[]> {
  // Nothing is opened for what no id begins with.
  if (!/^(?:wf_[0-9a-z]{0,26}|wf|w|)$/.test(value)) return [];
  return (await orchestrator()).taskIds(caller, value, MOST + 1);
}

/** `argument` of a resource's URI template; `context`: what stands before it already. */
export async function completeUri(
  parts: CompletionParts,
  argument: { readonly name: string; readonly value: string },
  context: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  if (argument.name === 'task_id') return completeTaskId(parts, argument.value);
  const task_id = context['task_id'];
  if (task_id === undefined || (argument.name !== 'source_id' && argument.name !== 'name')) return [];
  try {
    const { sources, documents } = await (await parts.orchestrator()).result(task_id, parts.caller, { max_chars: 1 });
    const known =
      argument.name === 'name' ? documents.map(({ name }) => name) : sources.map(({ source_id }) => source_id);
    return continuing(known, argument.value);
  } catch (thrown) {
    // A task_id that is not one's own has nothing to complete. What is wrong with the store is told.
    if (toFault(thrown).exit === 2) return [];
    throw thrown;
  }
}
