/**
 * Kill -9 on the shipped binary at the boundaries of turns of a run that thinks and uses tools: the same report to the byte,
 * each request of the uninterrupted run and beside them at most those in flight at a kill, all of them on the bill. Every
 * boundary of every request when many kills are asked for, else some that the seed chooses.
 */

import { LLMock } from '@copilotkit/aimock';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USAGE } from '../support/analyst.ts';
import { FEW, ROOT } from '../support/binary.ts';
import {
  type Answer,
  answerOf,
  end,
  type Ended,
  type Place,
  Places,
  pooled,
  startBinary,
  TASK,
  until,
} from '../support/crash-process.ts';
import { changedOutcomes, inDatabase, type StepRow, stepRows, unsound, unsoundAtRest } from '../support/invariants.ts';
import { Random } from '../support/random.ts';
import { pageRead, readingAnalyst } from '../support/reading-analyst.ts';
import { type Relay, relayTo } from '../support/relay.ts';
import { KILLS, SEED } from '../support/sizes.ts';

/** A request is here and not answered; its answer is sent; its outcome is recorded, and the next turn has not begun. */
const BOUNDARIES = ['received', 'answered', 'recorded'] as const;
/** From so many kills on all of them are made. */
const ALL_FROM = 1000;
/** Runs that are killed again and again: how many where all are made, and how often each is killed. */
const CHAINS = 20;
const LINKS = 6;

interface Kill {
  readonly boundary: (typeof BOUNDARIES)[number];
  /** Which request of the process, counted from 0. */
  readonly at: number;
}

/** One row of `calls`. */
interface CallRow {
  readonly call_id: string;
  /** The step and the key within it: what a turn is called in every run. */
  readonly call: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly error: string | null;
  /** What a tool answered that could not do what it was asked. */
  readonly refusal: string | null;
  readonly estimated: number;
  readonly tokens: number;
  readonly microusd: number;
  readonly reserved_tokens: number;
  readonly reserved_microusd: number;
}

interface Run {
  readonly place: Place;
  readonly relay: Relay;
  close(): Promise<void>;
}

interface Whole {
  readonly answer: Answer;
  /** Every call that was asked of the vendor, each once. */
  readonly calls: readonly string[];
  /** Names of calls, tools included. */
  readonly rows: readonly string[];
  /** Micro-dollars of a request. */
  readonly microusd: number;
}

/** What a kill left behind. */
interface Left {
  readonly steps: readonly StepRow[];
  readonly calls: readonly CallRow[];
  /** How many requests the vendor had seen. */
  readonly seen: number;
}

interface Tally {
  readonly what: string;
  readonly violations: readonly string[];
  readonly kills: number;
  readonly requests: number;
  readonly repeated: number;
  readonly inFlight: number;
}

const RESEARCH = ['research', TASK, '--model', 'anthropic/claude-opus-5-5', '--json'] as const;

function start({ place }: Run, args: readonly string[]): ChildProcess {
  return startBinary(ROOT, place, args);
}

function callRows(file: string): readonly CallRow[] {
  return inDatabase(file, (db) =>
    db
      .prepare<[], CallRow>(
        `SELECT call_id, step_id || '/' || key AS call, kind, name, status, error, estimated,
           iif(json_extract(output, '$.failed'), output, NULL) AS refusal,
           input_tokens + output_tokens AS tokens, microusd, reserved_tokens, reserved_microusd
         FROM calls ORDER BY position`,
      )
      .all(),
  );
}

/** Runs the binary until it is killed there, or has ended before it came to it. */
async function killedAt(run: Run, args: readonly string[], { boundary, at }: Kill): Promise<Ended> {
  const moment = run.relay.moment(run.relay.calls.length + at, boundary === 'received' ? 'received' : 'answered');
  const child = start(run, args);
  const ended = end(child);
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const call = await Promise.race([moment, ended.then(() => null)]);
  if (call !== null && boundary === 'recorded') {
    const recorded = (): boolean =>
      callRows(run.place.file).some((row) => row.call === call && row.status === 'succeeded');
    await until(() => gone() || recorded(), `the outcome of ${call} is recorded`);
  }
  child.kill('SIGKILL');
  return ended;
}

/** Everything that has to hold of a run which was killed at all of these, one after another. */
async function survived(places: Places, whole: Whole, kills: readonly Kill[]): Promise<Tally> {
  const what = kills.map(({ boundary, at }) => `request ${at + 1} ${boundary}`).join(', then ');
  const run = await begin(places);
  try {
    const violations: string[] = [];
    const lefts: Left[] = [];
    let args: readonly string[] = RESEARCH;
    for (const kill of kills) {
      const { code, signal, stderr } = await killedAt(run, args, kill);
      if (signal !== 'SIGKILL') {
        // It had fewer requests left to make; or its kill came at the last one's end, and it was faster.
        const possible = lefts.length > 0 || kill.boundary !== 'received';
        if (code !== 0 || !possible) violations.push(`ended with ${code}: ${stderr}`);
        break;
      }
      violations.push(...unsound(run.place.file));
      lefts.push({ steps: stepRows(run.place.file), calls: callRows(run.place.file), seen: run.relay.calls.length });
      args = ['resume', taskIn(run), '--json'];
    }
    const { code, stdout, stderr } = await end(start(run, ['resume', taskIn(run), '--json']));
    if (code === 0) violations.push(...differences(whole, run, answerIn(run, stdout)));
    else violations.push(`carrying on ended with ${code}: ${stderr}`);
    violations.push(...boughtAgain(run, lefts), ...ledger(run, { whole, lefts, told: stdout }));
    violations.push(...(await unsoundAtRest(run.place.file)));
    return {
      what,
      violations,
      kills: lefts.length,
      requests: run.relay.calls.length,
      repeated: run.relay.calls.length - whole.calls.length,
      inFlight: lefts.flatMap(({ calls }) => calls).filter(isFlying).length,
    };
  } finally {
    await run.close();
  }
}

async function begin(places: Places): Promise<Run> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 200 });
  await mock.start();
  const relay = await relayTo({ vendor: mock.url, page: pageRead });
  const site = `http://${relay.host}`;
  mock.addFixtures([{ match: {}, response: (request) => readingAnalyst(request, site) }]);
  const env = {
    ANTHROPIC_API_KEY: 'key-of-tests',
    ANTHROPIC_BASE_URL: site,
    BELTALOWDA_NETWORK: 'on',
    BELTALOWDA_FETCH_ALLOW: relay.host,
    // Nobody searches with it: without one the report would say that it is missing.
    SEARXNG_URL: site,
  };
  return {
    place: { ...places.make(FEW), env },
    relay,
    close: async () => {
      await relay.close();
      await mock.stop();
    },
  };
}

/** The report, and what goes with it; the site has another port in each run. */
function answerIn({ relay }: Run, stdout: string): Answer {
  return answerOf(stdout.replaceAll(relay.host, 'site.example'));
}

/** There is one workflow, whatever happened. */
function taskIn({ place: { file } }: Run): string {
  const ids = inDatabase(file, (db) => db.prepare<[], string>('SELECT task_id FROM workflows').pluck().all());
  const [only = ''] = ids;
  if (ids.length !== 1) throw new Error(`there are ${ids.length} workflows`);
  return only;
}

/** Whether the outside may have been asked. */
function isFlying({ name, status }: CallRow): boolean {
  return name !== 'search_documents' && status === 'running';
}

function* differences(whole: Whole, { relay }: Run, answer: Answer): Generator<string> {
  if (answer.text !== whole.answer.text) yield `another report than without a kill: ${answer.text}`;
  if (JSON.stringify(answer) !== JSON.stringify(whole.answer)) yield 'another completeness or other citations';
  const asked = new Set(relay.calls);
  const missing = whole.calls.filter((call) => !asked.has(call));
  const others = [...asked].filter((call) => !whole.calls.includes(call));
  if (missing.length > 0) yield `never asked: ${missing.join(', ')}`;
  if (others.length > 0) yield `asked, and not without a kill: ${others.join(', ')}`;
  for (const thrown of relay.failures) yield `the relay failed: ${String(thrown)}`;
}

/** What was finished and was bought or done again all the same, and what was bought more often than it was in flight. */
function* boughtAgain({ place: { file }, relay }: Run, lefts: readonly Left[]): Generator<string> {
  const asked = relay.calls;
  const steps = stepRows(file);
  const rows = callRows(file);
  for (const left of lefts) {
    yield* changedOutcomes(left.steps, steps);
    const later = asked.slice(left.seen);
    const recorded = left.calls.filter(({ status }) => status === 'succeeded');
    const finished = left.steps.filter(({ status }) => status === 'succeeded').map(({ step_id }) => step_id);
    for (const row of recorded) {
      if (later.includes(row.call)) yield `asked again, and its outcome was recorded: ${row.call}`;
      const now = rows.find(({ call_id }) => call_id === row.call_id);
      if (JSON.stringify(now) !== JSON.stringify(row)) yield `a recorded call changed: ${row.call_id}`;
    }
    for (const step_id of finished) {
      if (later.some((call) => call.startsWith(`${step_id}/`))) yield `a finished step asked again: ${step_id}`;
    }
  }
  for (const call of new Set(asked)) {
    const times = asked.filter((each) => each === call).length;
    const flying = lefts.filter(({ calls }) => calls.some((row) => row.call === call && isFlying(row))).length;
    if (times > 1 + flying) yield `asked ${times} times, and in flight at ${flying} kills: ${call}`;
  }
}

/** Every request has its row and its bill: as counted, or as reserved and said to be so where nobody heard the count. */
function* ledger(
  { place: { file }, relay }: Run,
  { whole, lefts, told }: { readonly whole: Whole; readonly lefts: readonly Left[]; readonly told: string },
): Generator<string> {
  const rows = callRows(file);
  const killed = new Set(
    lefts.flatMap(({ calls }) => calls.filter(({ status }) => status === 'running').map(({ call_id }) => call_id)),
  );
  for (const row of rows) {
    const { call_id, kind, status, estimated, tokens, microusd } = row;
    const interrupted = status === 'failed' && row.error?.includes('CALL_INTERRUPTED') === true;
    const asReserved = tokens === row.reserved_tokens && microusd === row.reserved_microusd;
    const counted = USAGE.input_tokens + USAGE.output_tokens;
    const asCounted = kind === 'tool' ? tokens === 0 : tokens === counted && microusd === whole.microusd;
    const right = killed.has(call_id)
      ? interrupted && estimated === 1 && asReserved
      : status === 'succeeded' && estimated === 0 && asCounted;
    if (row.refusal !== null) yield `a tool failed: ${call_id}: ${row.refusal}`;
    if (!right) yield `${killed.has(call_id) ? 'in flight at a kill' : 'heard of'}, and now ${JSON.stringify(row)}`;
  }
  const succeeded = rows.filter(({ status }) => status === 'succeeded').map(({ call }) => call);
  if (succeeded.sort().join('\n') !== whole.rows.join('\n')) yield `other calls succeeded: ${succeeded.join(', ')}`;
  const models = rows.filter(({ kind }) => kind === 'model');
  for (const call of new Set(relay.calls)) {
    const asked = relay.calls.filter((each) => each === call).length;
    const recorded = rows.filter((row) => row.call === call).length;
    if (recorded < asked) yield `${asked} requests, and ${recorded} rows: ${call}`;
  }
  const sum = (of: (row: CallRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const { spend } = JSON.parse(told === '' ? '{}' : told) as { readonly spend?: Record<string, unknown> };
  const { cost_usd, tokens, model_calls, estimated } = spend ?? {};
  const shown = { cost_usd, tokens, model_calls, estimated: estimated ?? false };
  const due = {
    cost_usd: sum(({ microusd }) => microusd) / 1e6,
    tokens: sum((row) => row.tokens),
    model_calls: models.length,
    estimated: models.some((row) => row.estimated === 1),
  };
  if (JSON.stringify(shown) !== JSON.stringify(due)) {
    yield `the spend is told as ${JSON.stringify(shown)} and is ${JSON.stringify(due)}`;
  }
}

/** One kill at each boundary, and one run that is killed again and again; or all of them. */
function chosen(requests: number): readonly (readonly Kill[])[] {
  const random = new Random(SEED);
  const all = Array.from({ length: requests }, (_, at) => BOUNDARIES.map((boundary) => [{ boundary, at }]));
  const chain = (): readonly Kill[] =>
    Array.from({ length: LINKS }, () => ({ boundary: random.pick(BOUNDARIES), at: random.below(4) }));
  if (KILLS >= ALL_FROM) return [...all.flat(), ...Array.from({ length: CHAINS }, chain)];
  return [...BOUNDARIES.map((boundary) => [{ boundary, at: random.below(requests) }]), chain().slice(0, 3)];
}

describe(`a run that thinks, killed at the boundaries of its turns (seed ${SEED})`, () => {
  const places = new Places();
  let whole: Whole;

  beforeAll(async () => {
    const run = await begin(places);
    try {
      const { code, stdout, stderr } = await end(start(run, RESEARCH));
      if (code !== 0) throw new Error(`the uninterrupted run failed: ${stderr}`);
      const rows = callRows(run.place.file);
      whole = {
        answer: answerIn(run, stdout),
        calls: run.relay.calls,
        rows: rows.map(({ call }) => call).sort(),
        microusd: rows[0]?.microusd ?? 0,
      };
    } finally {
      await run.close();
    }
  }, 240_000);
  afterAll(() => {
    places.remove();
  });

  it('asks for each turn once and uses tools, where nothing is killed', () => {
    expect(new Set(whole.calls).size).toBe(whole.calls.length);
    expect(whole.calls.length).toBeGreaterThan(10);
    expect(whole.rows.filter((call) => call.includes('/search_documents-')).length).toBeGreaterThan(2);
    expect(whole.answer.text).toContain('[2]');
  });

  it('comes to the same report, and buys again no more than was in flight', async () => {
    const tallies = await pooled(chosen(whole.calls.length), 2, (kills) => survived(places, whole, kills));
    const sum = (of: 'kills' | 'requests' | 'repeated' | 'inFlight'): number =>
      tallies.reduce((total, tally) => total + tally[of], 0);
    const [kills, requests, repeated, inFlight] = [sum('kills'), sum('requests'), sum('repeated'), sum('inFlight')];
    process.stderr.write(
      `\n${tallies.length} runs, ${kills} kills, ${requests} requests, ${repeated} repeated, ${inFlight} in flight\n`,
    );
    const found = tallies.flatMap(({ what, violations }) => violations.map((each) => `${what}: ${each}`));
    expect(found).toEqual([]);
    // Were no request in flight at any kill, none could have been bought twice.
    expect(inFlight).toBeGreaterThan(0);
    expect(repeated).toBeGreaterThan(0);
    expect(repeated).toBeLessThanOrEqual(inFlight);
  }, 2_400_000);
});
