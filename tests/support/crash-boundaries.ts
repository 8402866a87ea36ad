/**
 * One workflow, killed at a boundary of its journal and carried on by a new process: what then is not as it has to be, in
 * words. For any build, so that a broken one can be shown to be found out.
 */

import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { Job } from './crash-entry.ts';
import { Ledger, type Line } from './crash-ledger.ts';
import { FEW } from './binary.ts';
import {
  AGENTS,
  type Answer,
  answerOf,
  end,
  type Ended,
  type Place,
  Places,
  startBinary,
  startEntry,
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

/** Whether an outcome and the intents that follow from it share their commit (crash-entry.ts). */
export type Commits = 'joint' | 'split';

/** An uninterrupted run: every boundary it passed, in order, what each of its commits held, and its report. */
export interface Recording {
  readonly commits: Commits;
  readonly points: readonly string[];
  readonly held: readonly string[];
  readonly answer: Answer;
}

export interface Outcome {
  readonly violations: readonly string[];
  /** Steps that were finished when the process was killed. */
  readonly kept: number;
  /** Calls that were in flight then, and were made again. */
  readonly again: number;
}

/** Who carries on: the composition of crash-entry.ts, whose calls are counted, or the binary of the build. */
export type Heir = 'entry' | 'binary';

const requestFor = (place: Place) => ({ task: TASK, sources: [place.documents], agents: AGENTS });

function job(build: string, place: Place, rest: Partial<Job>): Job {
  return { build, home: place.home, ledger: join(place.home, 'ledger'), submit: [], ...rest };
}

export async function record(build: string, commits: Commits = 'joint'): Promise<Recording> {
  const places = new Places();
  try {
    const place = places.make(FEW);
    const whole = job(build, place, { submit: [requestFor(place)], record: true, commits });
    const ended = await end(startEntry(whole));
    if (ended.code !== 0) throw new Error(`the uninterrupted run failed: ${ended.stderr}`);
    const ledger = new Ledger(whole.ledger);
    const [points, held] = [ledger.subjects('point'), ledger.subjects('commit')];
    return { commits, points, held, answer: answersIn(ended)[0] ?? nothing(ended) };
  } finally {
    places.remove();
  }
}

function nothing(ended: Ended): Answer {
  return { text: ended.stdout, completeness: 'none', citations: null };
}

/** The reports an entry printed, in the order of its lines. */
export function answersIn(ended: Ended): readonly Answer[] {
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly answer: Answer }).answer);
}

export async function killAt(
  build: string,
  point: string,
  options: { readonly recording: Recording; readonly heir: Heir },
): Promise<Outcome> {
  const places = new Places();
  try {
    const outcome = await killedAt(build, point, { ...options, place: places.make(FEW) });
    return { ...outcome, violations: outcome.violations.map((what) => `killed at “${point}”: ${what}`) };
  } finally {
    places.remove();
  }
}

/** A sound heir takes a second. One of a broken build may wait for ever for what is not in the store: that is found out, too. */
const HEIR_MS = 25_000;

async function killedAt(
  build: string,
  point: string,
  { place, heir, recording }: { readonly place: Place; readonly heir: Heir; readonly recording: Recording },
): Promise<Outcome> {
  const first = job(build, place, { submit: [requestFor(place)], kill: point, commits: recording.commits });
  const killed = await end(startEntry(first));
  if (killed.signal !== 'SIGKILL') {
    return { violations: [`the run did not come to it: ${killed.stderr}`], kept: 0, again: 0 };
  }
  const calls = new Ledger(first.ledger).lines();
  const before = stepRows(place.file);
  const found = [...atTheKill(place, point, { calls, before })];

  const second = job(build, place, {
    ledger: join(place.home, 'ledger-of-the-heir'),
    submit: statusIn(place) === null ? [requestFor(place)] : [],
  });
  const carriedOn = await end(heir === 'entry' ? startEntry(second) : binary(build, place), HEIR_MS);
  if (carriedOn.code !== 0) found.push(`carrying on ended with ${carriedOn.code}: ${carriedOn.stderr}`);
  const now = stepRows(place.file);
  found.push(...(await unsoundAtRest(place.file)), ...changedOutcomes(before, now), ...attemptsBeside(before, now));
  if (heir === 'entry') found.push(...callsBeside(before, now, new Ledger(second.ledger).lines()));
  const answers = heir === 'entry' ? answersIn(carriedOn) : carriedOn.code === null ? [] : [answerOf(carriedOn.stdout)];
  if (JSON.stringify(answers) !== JSON.stringify([recording.answer])) {
    found.push(`another report than without a kill: ${JSON.stringify(answers)}`);
  }
  const open = new Set(before.filter((row) => row.status === 'running').map((row) => row.step_id));
  const made = calls.filter((line) => line.what === 'call' && open.has(line.subject));
  return { violations: found, kept: before.length - open.size, again: made.length };
}

/** The binary does what its user would: resume, read the result of what ended, or ask again what was never taken in. */
function binary(build: string, place: Place): ChildProcess {
  const at = statusIn(place);
  const again = ['research', TASK, '--source', place.documents, '--agents', String(AGENTS), '--json'];
  if (at === null) return startBinary(build, place, again);
  return startBinary(build, place, [at.status === 'completed' ? 'result' : 'resume', at.task_id, '--json']);
}

function statusIn(place: Place): { readonly task_id: string; readonly status: string } | null {
  return inDatabase(place.file, (db) => {
    const row = db.prepare<[], { task_id: string; status: string }>('SELECT task_id, status FROM workflows').get();
    return row ?? null;
  });
}

/** What is wrong in the database the killed process left behind. */
function* atTheKill(
  place: Place,
  point: string,
  { calls, before }: { readonly calls: readonly Line[]; readonly before: readonly StepRow[] },
): Generator<string> {
  const acknowledged = calls.flatMap((line) => (line.what === 'acknowledged' ? [line.task_id] : []));
  yield* lostWorkflows(place.file, acknowledged);
  yield* unsound(place.file);
  const intents = new Set(before.map((row) => row.step_id));
  for (const { what, subject } of calls) {
    if (what === 'call' && !intents.has(subject)) yield `a call was made without an intent: ${subject}`;
    if (what === 'stale') yield `written under a lost lease: ${subject}`;
    if (what === 'commit' && isApart(subject, before)) yield `half of a commit is there: ${subject}`;
  }
  const [moment = '', subject = ''] = point.split(' / ');
  const row = before.find((one) => one.step_id === subject);
  const stands =
    STEP_STANDS[moment] === undefined ? (statusIn(place)?.status ?? 'nothing') : (row?.status ?? 'nothing');
  const expected = STEP_STANDS[moment] ?? WORKFLOW_STANDS[moment] ?? 'running';
  if (stands !== expected) yield `the journal says ${stands}, and not ${expected}`;
}

/** Whether of the outcomes and intents that one commit held some are in the journal, and others not. */
function isApart(commit: string, rows: readonly StepRow[]): boolean {
  const there = commit.split(', ').flatMap((held) => {
    const [change, step_id] = held.split(' ');
    const row = rows.find((one) => one.step_id === step_id);
    if (change === 'intent') return [row !== undefined];
    return change === 'outcome' ? [row?.status === 'succeeded'] : [];
  });
  return new Set(there).size > 1;
}

/** What the journal says of the step at each boundary of it. */
const STEP_STANDS: Readonly<Record<string, string>> = {
  'intent asked': 'nothing',
  'intent uncommitted': 'nothing',
  'intent committed': 'running',
  'intent with outcome uncommitted': 'nothing',
  'intent with outcome committed': 'running',
  'intent told': 'running',
  'call due': 'running',
  'call made': 'running',
  'call answered': 'running',
  'outcome asked': 'running',
  'outcome uncommitted': 'running',
  'outcome committed': 'succeeded',
  'outcome told': 'succeeded',
};

/** What it says of the workflow; at every other boundary that it is running. */
const WORKFLOW_STANDS: Readonly<Record<string, string>> = {
  'submission asked': 'nothing',
  'submission uncommitted': 'nothing',
  'claim with submission uncommitted': 'nothing',
  'end committed': 'completed',
  'end told': 'completed',
};

/** Begun again is what had no outcome, once; nothing else. */
function attemptsBeside(before: readonly StepRow[], now: readonly StepRow[]): readonly string[] {
  const known = new Map(before.map((row) => [row.step_id, row]));
  return now.flatMap(({ step_id, attempts }) => {
    const row = known.get(step_id);
    const expected = row === undefined ? 1 : row.attempts + (row.status === 'running' ? 1 : 0);
    return attempts === expected ? [] : [`${step_id} was begun ${attempts} times instead of ${expected}`];
  });
}

/** Called by the heir is what had no outcome, once; nothing that had one. */
function callsBeside(before: readonly StepRow[], now: readonly StepRow[], lines: readonly Line[]): readonly string[] {
  const settled = new Set(before.filter((row) => row.status !== 'running').map((row) => row.step_id));
  return now.flatMap(({ step_id }) => {
    const made = lines.filter((line) => line.what === 'call' && line.subject === step_id).length;
    const expected = settled.has(step_id) ? 0 : 1;
    return made === expected ? [] : [`${step_id} was called ${made} times after the kill instead of ${expected}`];
  });
}
