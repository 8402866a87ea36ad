/** An edited plan, from a file or standard input: the list of subtasks, or an object that holds it as `plan`. */

import { readFile, stat } from 'node:fs/promises';
import { Fault } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import type { SubtaskEdit } from '../../core/plan.ts';
import { DOMAINS } from '../../core/source.ts';
import type { Session } from './session.ts';

/** Above any plan the orchestrator accepts; only keeps a wrong file from filling the memory. */
const MAX_BYTES = 4_000_000;

/**
 * The subtasks, each of the right shape; whether agents, domains and sources exist is for the orchestrator to say. `file`:
 * a path, or `-`. Throws PLAN_INVALID naming the subtask, counted from 1 as a plan is shown, and INVALID_INPUT for a file
 * that cannot be read.
 */
export async function readPlan({ terminal, typed }: Session, file: string): Promise<readonly SubtaskEdit[]> {
  const name = file === '-' ? 'standard input' : file;
  const text = file === '-' ? await terminal.readInput(MAX_BYTES) : await fileText(file);
  const value = json(text, name);
  const plan = isObject(value) && 'plan' in value ? value['plan'] : value;
  if (!Array.isArray(plan)) {
    throw new Fault(
      'PLAN_INVALID',
      `${name} holds no plan: it is neither a list of subtasks nor an object with "plan"`,
      {
        hint: `Edit what \`${typed('status ID --json')}\` prints while the workflow waits for approval.`,
      },
    );
  }
  return plan.map((entry: Json, at) => subtask(entry, `subtask ${at + 1}`));
}

async function fileText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('INVALID_INPUT', `--plan ${file} cannot be read: ${reason}`, {
      hint: 'Name the file with the edited plan, or - for standard input.',
      cause: thrown,
    });
  }
  throw new Fault('INVALID_INPUT', `--plan ${file} is too large for a plan`);
}

function json(text: string, name: string): Json {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('PLAN_INVALID', `${name} is not JSON: ${reason}`, { cause: thrown });
  }
}

type JsonObject = { readonly [key: string]: Json | undefined };

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const KEYS = ['agent_id', 'objective', 'queries', 'domain', 'sources', 'boundaries', 'expected'] as const;

function subtask(entry: Json, where: string): SubtaskEdit {
  if (!isObject(entry)) throw wrong(where, 'an object with "objective"', entry);
  for (const key of Object.keys(entry)) if (!KEYS.some((known) => known === key)) throw unknownKey(where, key);
  const { agent_id, objective, queries, domain, sources, boundaries, expected } = entry;
  if (typeof objective !== 'string') {
    if (objective === undefined) throw new Fault('PLAN_INVALID', `${where}: objective is missing`);
    throw wrong(`${where}: objective`, 'a text', objective);
  }
  if (agent_id !== undefined && typeof agent_id !== 'string') throw wrong(`${where}: agent_id`, 'a text', agent_id);
  if (boundaries !== undefined && typeof boundaries !== 'string') {
    throw wrong(`${where}: boundaries`, 'a text', boundaries);
  }
  if (expected !== undefined && typeof expected !== 'string') throw wrong(`${where}: expected`, 'a text', expected);
  const kind = DOMAINS.find((name) => name === domain);
  if (domain !== undefined && kind === undefined) {
    throw wrong(`${where}: domain`, `one of ${DOMAINS.join(', ')}`, domain);
  }
  return {
    objective,
    ...(agent_id === undefined ? {} : { agent_id }),
    ...(kind === undefined ? {} : { domain: kind }),
    ...(queries === undefined ? {} : { queries: texts(queries, `${where}: queries`) }),
    ...(sources === undefined ? {} : { sources: texts(sources, `${where}: sources`) }),
    ...(boundaries === undefined ? {} : { boundaries }),
    ...(expected === undefined ? {} : { expected }),
  };
}

function texts(value: Json, where: string): readonly string[] {
  if (!Array.isArray(value)) throw wrong(where, 'a list of texts', value);
  return value.map((item: Json, at) => {
    if (typeof item === 'string') return item;
    throw wrong(`${where}, entry ${at + 1},`, 'a text', item);
  });
}

function unknownKey(where: string, key: string): Fault {
  const close = nearest(key, KEYS);
  return new Fault('PLAN_INVALID', `${where} has the key ${JSON.stringify(key)}, which a subtask does not have`, {
    hint: close === null ? `A subtask has ${KEYS.join(', ')}.` : `Did you mean "${close}"?`,
  });
}

function wrong(where: string, expected: string, given: Json): Fault {
  const shown = JSON.stringify(given);
  const LONGEST = 80;
  const cut = shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
  return new Fault('PLAN_INVALID', `${where} must be ${expected}, not ${cut}`);
}
