/** Random kills of the binary, over each of its edges: how work is begun there, carried on and read, and what is counted. */

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { FEW } from './binary.ts';
import {
  AGENTS,
  type Answer,
  answerOf,
  end,
  type Ended,
  type Place,
  type Places,
  startBinary,
  TASK,
} from './crash-process.ts';
import {
  changedOutcomes,
  inDatabase,
  lostWorkflows,
  type StepRow,
  stepRows,
  unsound,
  unsoundAtRest,
} from './invariants.ts';
import type { Random } from './random.ts';
import { KILLS } from './sizes.ts';

export interface Edge {
  readonly name: 'command line' | 'stdio';
  /** Submits the task to a process that is killed so long after its start, whatever it does. */
  begin(build: string, place: Place, killAfterMs: number): Promise<Ended>;
  /** A new process that works on the open workflow until it is killed. */
  carryOn(build: string, on: Open, killAfterMs: number): Promise<Ended>;
  /** A new process that works on it to its end, and its report. */
  finish(build: string, on: Open): Promise<Answer>;
}

export interface Open {
  readonly place: Place;
  readonly task_id: string;
}

export interface Tally {
  readonly edge: Edge['name'];
  kills: number;
  /** Submissions that were answered before the kill. */
  acknowledged: number;
  /** Steps that were finished at a kill, over all kills. */
  kept: number;
  /** Calls that were in flight at a kill, and were made again. */
  again: number;
  readonly violations: string[];
}

/** Below so many kills as few documents and agents as have a step of every kind: a process then takes two thirds of the time. */
const SMALL = KILLS < 100;

export const placeOf = (places: Places): Place => places.make(SMALL ? FEW : undefined);

export const RESEARCH = (place: Place): readonly string[] => [
  'research',
  TASK,
  '--source',
  place.documents,
  '--json',
  ...(SMALL ? ['--agents', String(AGENTS)] : []),
];

export const commandLine: Edge = {
  name: 'command line',
  begin: (build, place, killAfterMs) => end(startBinary(build, place, RESEARCH(place)), killAfterMs),
  carryOn: (build, { place, task_id }, killAfterMs) =>
    end(startBinary(build, place, ['resume', task_id, '--json']), killAfterMs),
  finish: async (build, { place, task_id }) => {
    // What ended is read: to resume it would begin a new one.
    const verb = isOpen(place, task_id) ? 'resume' : 'result';
    return told(await end(startBinary(build, place, [verb, task_id, '--json'])), ({ stdout }) => answerOf(stdout));
  },
};

export const stdio: Edge = {
  name: 'stdio',
  begin: (build, place, killAfterMs) =>
    end(
      asked(build, place, { name: 'orchestrate_research', args: { task: TASK, ...(SMALL && { agents: AGENTS }) } }),
      killAfterMs,
    ),
  carryOn: (build, { place, task_id }, killAfterMs) =>
    end(asked(build, place, { name: 'get_status', args: { task_id, wait_seconds: 50 } }), killAfterMs),
  finish: async (build, { place, task_id }) => {
    const waiting = asked(build, place, { name: 'get_status', args: { task_id, wait_seconds: 50 } });
    waiting.stdin?.end();
    await end(waiting);
    const reading = asked(build, place, { name: 'get_result', args: { task_id } });
    reading.stdin?.end();
    return told(await end(reading), ({ stdout }) => {
      const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { result: { structuredContent: Answer } };
      return answerOf(JSON.stringify(last.result.structuredContent));
    });
  },
};

function told(ended: Ended, read: (ended: Ended) => Answer): Answer {
  if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
  return read(ended);
}

/** A server that was sent an initialize and one call, as a host sends them; its input stays open. */
function asked(
  build: string,
  place: Place,
  { name, args }: { readonly name: string; readonly args: object },
): ChildProcess {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const messages = [
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: args } },
  ];
  const child = startBinary(build, place, []);
  child.stdin?.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  return child;
}

export const taskIdIn = (text: string): string | null => /wf_[0-9a-z]{26}/.exec(text)?.[0] ?? null;

function openIn(place: Place): readonly string[] {
  return inDatabase(place.file, (db) =>
    db.prepare<[], string>("SELECT task_id FROM workflows WHERE status IN ('pending', 'running')").pluck().all(),
  );
}

export function isOpen(place: Place, task_id: string): boolean {
  return openIn(place).includes(task_id);
}

export interface Lane {
  readonly build: string;
  readonly edge: Edge;
  readonly kills: number;
  readonly random: Random;
  /** How long a run took that was left alone, and the report it gave. */
  readonly durationMs: number;
  readonly answer: Answer;
  readonly places: Places;
}

/** After so many workflows in one database a new one is begun. */
const WORKFLOWS_IN_ONE = 5;
/** How often a workflow that was killed is killed again before one is left to finish. */
const AGAIN = 0.6;

/**
 * How late kills come at most. Follows how fast the machine is just now: were all kills to hit processes that have done
 * nothing yet, or are done, they would prove nothing.
 */
export class Span {
  #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  moment(random: Random): number {
    return random.next() * this.#ms;
  }

  learn(how: 'too early' | 'too late' | 'in the middle'): void {
    this.#ms *= { 'too early': 1.1, 'too late': 0.9, 'in the middle': 1 }[how];
  }
}

/** Begins, kills, carries on, kills again and at last finishes workflows, until there were so many kills. */
export async function killed(lane: Lane): Promise<Tally> {
  const tally: Tally = { edge: lane.edge.name, kills: 0, acknowledged: 0, kept: 0, again: 0, violations: [] };
  const span = new Span(lane.durationMs);
  let place = placeOf(lane.places);
  for (let begun = 1; tally.kills < lane.kills; begun += 1) {
    if (begun % WORKFLOWS_IN_ONE === 0) place = placeOf(lane.places);
    await oneWorkflow({ ...lane, span }, place, tally);
  }
  return tally;
}

async function oneWorkflow(lane: Lane & { readonly span: Span }, place: Place, tally: Tally): Promise<void> {
  const { build, edge, random, span } = lane;
  const first = await edge.begin(build, place, span.moment(random));
  const named = taskIdIn(edge.name === 'stdio' ? first.stdout : first.stderr);
  span.learn(named === null ? 'too early' : isOpen(place, named) ? 'in the middle' : 'too late');
  // Killed before it came to anything, or not at all.
  const task_id = named ?? (hasDatabase(place) ? (openIn(place)[0] ?? null) : null);
  if (task_id === null || first.signal !== 'SIGKILL') return;
  const on = { place, task_id };
  tally.kills += 1;
  if (named !== null) tally.acknowledged += 1;
  if (named !== null) tally.violations.push(...lostWorkflows(place.file, [named]));
  while (isOpen(place, task_id) && tally.kills < lane.kills && random.chance(AGAIN)) {
    const before = looked(on, tally);
    const ended = await edge.carryOn(build, on, span.moment(random));
    const now = stepRows(place.file);
    if (ended.signal === 'SIGKILL') tally.kills += 1;
    const idle = JSON.stringify(now) === JSON.stringify(before);
    span.learn(idle ? 'too early' : isOpen(place, task_id) ? 'in the middle' : 'too late');
    tally.violations.push(...changedOutcomes(before, now));
  }
  const before = looked(on, tally);
  const answer = await edge.finish(build, on);
  const now = stepRows(place.file);
  tally.violations.push(...changedOutcomes(before, now), ...(await unsoundAtRest(place.file)));
  if (JSON.stringify(answer) !== JSON.stringify(lane.answer)) {
    tally.violations.push(`${task_id} has another report than without a kill: ${answer.text}`);
  }
  for (const row of now) if (row.task_id === task_id) tally.again += row.attempts - 1;
}

/** What a kill left behind, checked and counted. */
function looked({ place, task_id }: Open, tally: Tally): readonly StepRow[] {
  const rows = stepRows(place.file);
  tally.kept += rows.filter((row) => row.task_id === task_id && row.status !== 'running').length;
  tally.violations.push(...unsound(place.file));
  return rows;
}

/**
 * False where it was killed before there was a schema: nothing can have been acknowledged then. Opened to be written: killed
 * while the file is made, it leaves a journal that whoever opens it first has to roll back.
 */
function hasDatabase({ file }: Place): boolean {
  if (!existsSync(file)) return false;
  const db = new SqliteDatabase(file);
  try {
    const tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'workflows'";
    return db.prepare<[], number>(tables).pluck().get() === 1;
  } finally {
    db.close();
  }
}

/** A table of all lanes, one line for each edge. */
export function summary(tallies: readonly Tally[]): string {
  const edges = [...new Set(tallies.map(({ edge }) => edge))];
  const rows = edges.map((edge) => {
    const own = tallies.filter((tally) => tally.edge === edge);
    const sum = (of: 'kills' | 'acknowledged' | 'kept' | 'again'): number =>
      own.reduce((total, tally) => total + tally[of], 0);
    return [edge, sum('kills'), sum('acknowledged'), sum('kept'), sum('again')];
  });
  const head = ['edge', 'kills', 'acknowledged', 'finished steps kept', 'calls in flight made again'];
  return [head, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
