/**
 * Ours beside two durable engines for TypeScript, on the same 8-2-1 with the same zero-latency model: `npm run bench:peers`.
 * Every contestant runs in a process of its own, on a file of its own on the same disk; they take turns, round by round, and
 * ratios are taken within a round, so that a busy machine slows all of them. `--help` lists the options.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CONTESTANTS, type Contestant, ensureInstalled, versionsOf } from './contestants.ts';
import { countSyncs, fsyncMilliseconds, leftIn, runContestant, type Turn } from './session.ts';
import { type Figures, figuresOf, tables } from './figures.ts';

const USAGE = `npm run bench:peers -- [options]

  --rounds N        turns of each contestant at each concurrency (5)
  --workflows N     measured in each turn, after a fifth of it to warm up (100)
  --concurrency N   workflows at once; repeat for more (1 and 20)
  --contestant NAME repeat for more: ${Object.keys(CONTESTANTS).join(', ')}
  --folder PATH     where the databases are made (a new folder in the system's temporary one)
  --syncs           also count fsync and fdatasync, by strace, in turns of their own
  --cpu-prof DIR    leave a CPU profile of what each turn measures there
  --json FILE       write all figures there`;

interface Options {
  readonly rounds: number;
  readonly workflows: number;
  readonly concurrency: readonly number[];
  readonly contestants: readonly Contestant[];
  readonly folder: string;
  readonly syncs: boolean;
  readonly cpuProf: string | null;
  readonly json: string | null;
}

function whole(told: string, name: string): number {
  if (!/^[1-9]\d{0,6}$/.test(told)) throw new Error(`--${name} takes a whole number from 1, not ${told}`);
  return Number(told);
}

function contestant(name: string): Contestant {
  const found = CONTESTANTS[name];
  if (found === undefined) throw new Error(`no contestant is named ${name}: ${Object.keys(CONTESTANTS).join(', ')}`);
  return found;
}

function options(argv: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '5' },
      workflows: { type: 'string', default: '100' },
      concurrency: { type: 'string', multiple: true, default: ['1', '20'] },
      contestant: { type: 'string', multiple: true, default: ['ours', 'langgraph', 'openworkflow'] },
      folder: { type: 'string', default: tmpdir() },
      syncs: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    rounds: whole(values.rounds, 'rounds'),
    workflows: whole(values.workflows, 'workflows'),
    concurrency: values.concurrency.map((told) => whole(told, 'concurrency')),
    contestants: values.contestant.map(contestant),
    folder: values.folder,
    syncs: values.syncs,
    cpuProf: values['cpu-prof'] === undefined ? null : resolve(values['cpu-prof']),
    json: values.json ?? null,
  };
}

async function turn(asked: Options, at: { round: number; concurrency: number; contestant: Contestant }): Promise<Turn> {
  const { round, concurrency } = at;
  const folder = mkdtempSync(join(asked.folder, 'bench-peers-'));
  try {
    const file = join(folder, 'contestant.db');
    const fsync_ms = fsyncMilliseconds(join(folder, 'fsync'));
    const warmup = Math.max(concurrency, Math.ceil(asked.workflows / 5));
    const profile =
      asked.cpuProf === null ? null : join(asked.cpuProf, `${at.contestant.name}-${concurrency}-${round}.cpuprofile`);
    const run = { contestant: at.contestant.name, file, concurrency, warmup, workflows: asked.workflows, profile };
    const { settings, sample } = await runContestant(run);
    const left = leftIn(file, warmup + asked.workflows);
    return { round, contestant: at.contestant.name, concurrency, settings, sample, left, fsync_ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Another one begins each round: what a turn leaves behind, a busy disk above all, falls on all alike. */
function inTurn(contestants: readonly Contestant[], round: number): readonly Contestant[] {
  const first = (round - 1) % contestants.length;
  return [...contestants.slice(first), ...contestants.slice(0, first)];
}

async function allTurns(asked: Options): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (let round = 1; round <= asked.rounds; round += 1) {
    for (const concurrency of asked.concurrency) {
      for (const contestant of inTurn(asked.contestants, round)) {
        const taken = await turn(asked, { round, concurrency, contestant });
        turns.push(taken);
        const rate = (taken.sample.latencies.length / taken.sample.seconds).toFixed(1);
        console.error(`round ${round}, ${concurrency} at once, ${contestant.name}: ${rate} workflows a second`);
      }
    }
  }
  return turns;
}

/** Of one workflow alone, and of many at once: how often each waits for the disk. */
async function allSyncs(asked: Options): Promise<readonly Figures['syncs'][number][]> {
  if (!asked.syncs) return [];
  const counted: Figures['syncs'][number][] = [];
  for (const concurrency of asked.concurrency) {
    for (const { name } of asked.contestants) {
      const folder = mkdtempSync(join(asked.folder, 'bench-peers-'));
      try {
        counted.push({ contestant: name, concurrency, syncs: await countSyncs(name, { folder, concurrency }) });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return counted;
}

async function main(): Promise<void> {
  const asked = options(process.argv.slice(2));
  if (asked === null) {
    console.log(USAGE);
    return;
  }
  ensureInstalled(asked.contestants);
  if (asked.cpuProf !== null) mkdirSync(asked.cpuProf, { recursive: true });
  const turns = await allTurns(asked);
  const figures = figuresOf(turns, await allSyncs(asked));
  const versions = { node: process.versions.node, ...versionsOf(asked.contestants) };
  console.log(tables(figures, { asked: asked.contestants, versions }));
  if (asked.json === null) return;
  const { rounds, workflows } = asked;
  const machine = { platform: process.platform, processors: availableParallelism() };
  writeFileSync(
    asked.json,
    `${JSON.stringify({ versions, machine, rounds, workflows, ...figures, turns }, null, 1)}\n`,
  );
}

try {
  await main();
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}
