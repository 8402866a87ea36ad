/**
 * Several processes on one database, each with a workflow of its own and all of them working on whatever is left: some are
 * killed, some are paused until another has taken their work over. What is not as it has to be afterwards, in words.
 */

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Job } from './crash-entry.ts';
import { Ledger } from './crash-ledger.ts';
import { FEW } from './binary.ts';
import { type Answer, end, type Ended, isPaused, type Place, Places, startEntry, until } from './crash-process.ts';
import { inDatabase, lostWorkflows, unsoundAtRest } from './invariants.ts';
import type { Random } from './random.ts';

export type Fate = 'lives' | 'is killed' | 'is paused';

export interface Crowd {
  readonly violations: readonly string[];
  /** The report of each task. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly refused: number;
  readonly takenOver: number;
}

const TASKS = [
  'How does write-ahead logging keep committed data safe?',
  'What does a rollback journal do after a crash?',
  'What does fsync do to committed data?',
  'What does a checkpoint copy, and when?',
  'How do rollback journal and write-ahead log differ?',
];

/** Leases run out in 2 s instead of 10: all processes of a database share one clock, five times as fast as the machine's. */
const SPEED = 5;

/** Where a process can be stopped while it works on a workflow, and holds no lock that others wait for. */
const POINTS = [
  'claim told / workflow',
  'intent told / collect',
  'call made / plan',
  'outcome committed / plan',
  'intent with outcome committed / agent:belter-1',
  'call answered / agent:belter-1',
  'outcome asked / agent:belter-1',
  'outcome told / agent:belter-1',
  'call made / synthesis:camina',
  'conclusion due / workflow',
  'end asked / workflow',
];

/**
 * One process for each fate; those that live begin once the others are killed and paused. And one more when all are gone: it
 * submits what none of them came to.
 */
export async function crowd(build: string, fates: readonly Fate[], random: Random): Promise<Crowd> {
  const places = new Places();
  const children: ChildProcess[] = [];
  try {
    const place = places.make(FEW);
    const origin = Date.now();
    const job: Job = {
      build,
      home: place.home,
      ledger: join(place.home, 'ledger'),
      submit: [],
      clock: { ahead_ms: 0, speed: SPEED, origin },
    };
    const submit = (tasks: readonly string[]): Pick<Job, 'submit'> => ({
      submit: tasks.map((task) => ({ task, sources: [place.documents] })),
    });
    const begin = (n: number): Promise<Ended> => {
      const child = startEntry({
        ...job,
        ...submit(TASKS.filter((_, at) => at % fates.length === n)),
        ...(fates[n] === 'lives' ? {} : { serve: false }),
        ...(fates[n] === 'is killed' ? { kill: random.pick(POINTS) } : {}),
        ...(fates[n] === 'is paused' ? { pause: random.pick(POINTS) } : {}),
      });
      children[n] = child;
      return end(child);
    };
    const of = (...which: readonly Fate[]): readonly number[] =>
      [...fates.keys()].filter((n) => which.includes(fates[n] ?? 'lives'));
    const ended: Promise<Ended>[] = [];
    for (const n of of('is killed', 'is paused')) ended[n] = begin(n);
    await until(() => of('is paused').every((n) => isPaused(children[n])), 'all who are to be paused are');
    for (const n of of('is killed')) await ended[n];
    for (const n of of('lives')) ended[n] = begin(n);
    await Promise.all(of('is paused').map((n) => onceTakenOver(place, children[n])));
    const first = await Promise.all(ended);
    const last = await end(startEntry({ ...job, ...submit(TASKS.filter((task) => !submitted(place).includes(task))) }));
    return await atTheEnd(place, [...fates, 'lives'], { ended: [...first, last], ledger: new Ledger(job.ledger) });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    places.remove();
  }
}

function submitted(place: Place): readonly string[] {
  return inDatabase(place.file, (db) => db.prepare<[], string>('SELECT task FROM workflows').pluck().all());
}

/** Lets a paused process go on when others have taken over whatever it held. */
async function onceTakenOver(place: Place, child: ChildProcess | undefined): Promise<void> {
  const pid = child?.pid ?? 0;
  await until(() => heldBy(place, pid) === 0, 'another process takes over what the paused one held');
  child?.kill('SIGCONT');
}

function heldBy(place: Place, pid: number): number {
  return inDatabase(place.file, (db) => {
    const held = db.prepare<[string], number>(
      "SELECT count(*) FROM workflows WHERE lease_holder LIKE '%/' || ? || '/%' AND status = 'running'",
    );
    return held.pluck().get(String(pid)) ?? 0;
  });
}

async function atTheEnd(
  place: Place,
  fates: readonly Fate[],
  { ended, ledger }: { readonly ended: readonly Ended[]; readonly ledger: Ledger },
): Promise<Crowd> {
  const violations = [...(await unsoundAtRest(place.file))];
  const lines = ledger.lines();
  const acknowledged = lines.filter(({ what }) => what === 'acknowledged').map(({ task_id }) => task_id);
  violations.push(...lostWorkflows(place.file, acknowledged));
  violations.push(
    ...lines.filter(({ what }) => what === 'stale').map(({ subject }) => `under a lost lease: ${subject}`),
  );
  const answers = new Map<string, Answer>();
  for (const [n, { code, signal, stderr, stdout }] of ended.entries()) {
    const expected = fates[n] === 'is killed' ? 'SIGKILL' : 0;
    if ((signal ?? code) !== expected)
      violations.push(`a process that ${fates[n]} ended with ${signal ?? code}: ${stderr}`);
    for (const line of stdout.split('\n').filter((one) => one !== '')) {
      const { task, answer } = JSON.parse(line) as { readonly task: string; readonly answer: Answer };
      const told = answers.get(task) ?? answer;
      if (JSON.stringify(told) !== JSON.stringify(answer))
        violations.push(`two processes tell two reports of “${task}”`);
      answers.set(task, answer);
    }
  }
  const takenOver = inDatabase(place.file, (db) =>
    db.prepare<[], number>('SELECT sum(resumed) FROM workflows').pluck().get(),
  );
  const refused = lines.filter(({ what }) => what === 'refused').length;
  const fated = fates.filter((fate) => fate !== 'lives').length;
  if ((takenOver ?? 0) < fated) violations.push(`${takenOver} workflows were taken over from ${fated} processes`);
  return { violations, answers, refused, takenOver: takenOver ?? 0 };
}
