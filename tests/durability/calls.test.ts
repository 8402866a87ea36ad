/**
 * Kill -9 at the boundaries of calls inside steps: every call at every boundary when many kills are asked for, else each kind
 * of boundary at calls that the seed chooses.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CallRecord, tokensOf } from '../../src/core/call.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { idOf } from '../contract/rows.ts';
import { CALL_POINTS, type CallsJob, type RequestLine, requestsIn } from '../support/calls-entry.ts';
import { end, type Ended, pooled } from '../support/crash-process.ts';
import { unsoundCalls } from '../support/invariants.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

const ENTRY = fileURLToPath(new URL('../support/calls-entry.ts', import.meta.url));
const TURNS = ['turn-1', 'turn-2/read', 'turn-2/search', 'turn-3'];
const CALLS = [...['a', 'b'].flatMap((agent) => TURNS.map((turn) => `${agent}/${turn}`)), 'write/report'];
const POINTS = CALL_POINTS.flatMap((point) => CALLS.map((call) => `${point} / ${call}`));
/** From so many kills on all of them are made. */
const ALL_FROM = 1000;
const EACH = 1;

function run(job: CallsJob): Promise<Ended> {
  return end(spawn(process.execPath, [ENTRY, JSON.stringify(job)], { stdio: 'pipe' }));
}

async function recorded(file: string): Promise<readonly CallRecord[]> {
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    return await store.calls.list(idOf(1));
  } finally {
    await store.close();
  }
}

async function proven(file: string): Promise<readonly string[]> {
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    const view = await store.audit.verify(idOf(1));
    return view === null ? ['nothing is proven'] : view.findings.map(({ where, what }) => `${where}: ${what}`);
  } finally {
    await store.close();
  }
}

interface Whole {
  readonly result: string;
  readonly requests: number;
}

/** Requests that were made of a call whose row says that it is under way. */
function inFlight(rows: readonly CallRecord[], requests: readonly RequestLine[]): readonly RequestLine[] {
  return rows.flatMap(({ status, step_id, key }) => {
    const call = `${step_id}/${key}`;
    const made = requests.filter((one) => one.call === call);
    const settled = rows.filter((one) => one.key === key && one.step_id === step_id && one.status !== 'running');
    return status === 'running' ? made.slice(settled.length) : [];
  });
}

/** What is not as it has to be after a kill at this point, in words. */
async function killAt(point: string, whole: Whole): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'beltalowda-calls-'));
  try {
    const job = { file: join(folder, 'a.db'), requests: join(folder, 'requests'), kill: point };
    const killed = await run(job);
    if (killed.signal !== 'SIGKILL') return [`it did not come to it: ${killed.stderr}`];
    const found: string[] = [...unsoundCalls(job.file)];
    const flying = inFlight(await recorded(job.file), requestsIn(job.requests));
    const { code, stdout, stderr } = await run({ ...job, kill: null });
    if (code !== 0) return [`carrying on ended with ${code}: ${stderr}`];
    if (stdout !== whole.result) found.push(`another result than without a kill: ${stdout}`);
    const requests = requestsIn(job.requests);
    const more = requests.length - whole.requests;
    if (more < 0 || more > flying.length)
      found.push(`${more} more requests than without a kill, ${flying.length} in flight`);
    found.push(
      ...unsoundCalls(job.file),
      ...(await proven(job.file)),
      ...ledgerBeside(await recorded(job.file), { requests, flying }),
    );
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function total(of: readonly number[]): number {
  return of.reduce((sum, one) => sum + one, 0);
}

/** The bill is the outside's own list, where it was heard of; what was in flight stands at its reservation. */
function* ledgerBeside(
  rows: readonly CallRecord[],
  { requests, flying }: { readonly requests: readonly RequestLine[]; readonly flying: readonly RequestLine[] },
): Generator<string> {
  const billed = rows.filter(({ estimated }) => !estimated).map(({ spent }) => tokensOf(spent.usage));
  const counted = requests.map(({ tokens }) => tokens);
  const heard = total(counted) - total(flying.map(({ tokens }) => tokens));
  if (total(billed) !== heard) yield `billed ${total(billed)} tokens of ${heard} that were counted`;
  if (billed.length !== requests.length - flying.length) yield `${billed.length} bills for ${requests.length} requests`;
  for (const { call_id, status, spent, reserved, estimated } of rows) {
    if (status === 'running') yield `${call_id} is under way in a workflow that has ended`;
    if (estimated && tokensOf(spent.usage) !== reserved.tokens) yield `${call_id} is not billed as it was reserved`;
  }
}

function chosen(): readonly string[] {
  if (KILLS >= ALL_FROM) return POINTS;
  const random = new Random(SEED);
  return CALL_POINTS.flatMap((point) =>
    random.shuffled(POINTS.filter((one) => one.startsWith(`${point} / `))).slice(0, EACH),
  );
}

describe(`calls inside steps, killed at their boundaries (seed ${SEED})`, () => {
  let whole: Whole;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'beltalowda-calls-'));
    try {
      const job = { file: join(folder, 'a.db'), requests: join(folder, 'requests'), kill: null };
      const { code, stdout, stderr } = await run(job);
      if (code !== 0) throw new Error(`the uninterrupted run failed: ${stderr}`);
      whole = { result: stdout, requests: requestsIn(job.requests).length };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('makes each call once, and one that is limited once more, where nothing is killed', () => {
    expect(whole.requests).toBe(CALLS.length + 1);
    expect(whole.result).toContain('write/report');
  });

  it('comes to the same result, buys again no more than was in flight, and its ledger adds up', async () => {
    const found = await pooled(chosen(), 2, async (point) =>
      (await killAt(point, whole)).map((what) => `${point}: ${what}`),
    );
    expect(found.flat()).toEqual([]);
  }, 600_000);
});
