/** The small pure rules: ids, retries, times, events, statuses, canonical JSON, errors. */

import { describe, expect, test } from 'vitest';
import { SUPPORT_LABELS } from '../../../src/core/claim.ts';
import { iso } from '../../../src/core/clock.ts';
import { CATALOGUE, type ErrorCode, Fault, toFault } from '../../../src/core/errors.ts';
import { EVENT_TYPES, isTerminalEvent } from '../../../src/core/event.ts';
import { isTaskId, taskId } from '../../../src/core/ids.ts';
import { canonical, type Json } from '../../../src/core/json.ts';
import { retryDelay, STEP_RETRY } from '../../../src/core/retry.ts';
import { DETAILS } from '../../../src/core/views.ts';
import {
  awaitsApproval,
  isTerminal,
  ORCHESTRATOR_TYPES,
  PHASES,
  planLimit,
  STATUSES,
  terminalEvent,
} from '../../../src/core/workflow.ts';
import { Random } from '../../support/random.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

function bytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => random.below(256));
}

describe('ids', () => {
  test('carry all 128 bits: the bytes can be read back from the digits', () => {
    for (const seed of SEEDS) {
      const given = bytes(new Random(seed));
      const id = taskId(given);
      expect(isTaskId(id), `seed ${seed}: ${id}`).toBe(true);
      let value = 0n;
      for (const digit of id.slice(3)) value = value * 32n + BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(digit));
      const back = Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
      expect(back, `seed ${seed}`).toEqual(given);
    }
  });

  test('the smallest and the largest', () => {
    expect(taskId(new Uint8Array(16))).toBe(`wf_${'0'.repeat(26)}`);
    expect(taskId(new Uint8Array(16).fill(255))).toBe(`wf_7${'z'.repeat(25)}`);
  });

  test.each([0, 15, 17])('are not made from %d bytes', (length) => {
    expect(() => taskId(new Uint8Array(length))).toThrow(RangeError);
  });

  test.each([
    '',
    'wf_',
    'wf_0123456789abcdefghjkmnpqr',
    'wf_80000000000000000000000000',
    'wf_0000000000000000000000000i',
    'wf_0000000000000000000000000U',
    'WF_00000000000000000000000000',
    ' wf_00000000000000000000000000',
    'wf_00000000000000000000000000\n',
    "wf_0000000000000000000000000'",
  ])('%j is not one', (text) => {
    expect(isTaskId(text)).toBe(false);
  });
});

describe('retries', () => {
  test('double from the base to the ceiling, jittered over the upper half, until attempts run out', () => {
    const policy = { attempts: 8, baseMs: 1000, maxMs: 30_000 };
    const schedule = (random: number): (number | null)[] =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((failures) => retryDelay(policy, failures, { random, retryAfterMs: null }));
    expect(schedule(0)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, null, null]);
    expect(schedule(0.5)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500, null, null]);
  });

  test('never undercut a server’s Retry-After, and never leave their bounds', () => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const failures = 1 + random.below(STEP_RETRY.attempts - 1);
      const retryAfterMs = random.chance(0.5) ? null : random.below(90_000);
      const delay = retryDelay(STEP_RETRY, failures, { random: random.next(), retryAfterMs });
      const ceiling = Math.min(STEP_RETRY.maxMs, STEP_RETRY.baseMs * 2 ** (failures - 1));
      expect(delay, `seed ${seed}`).toBeGreaterThanOrEqual(Math.max(ceiling / 2, retryAfterMs ?? 0));
      expect(delay, `seed ${seed}`).toBeLessThanOrEqual(Math.max(ceiling, retryAfterMs ?? 0));
    }
  });
});

/** A random value, and the same value with its object keys inserted in another order. */
function value(random: Random, depth = 0): { readonly one: Json; readonly two: Json } {
  const kind = random.below(depth > 3 ? 4 : 6);
  const leaf = [null, random.chance(0.5), random.below(1000) / 8, `s${random.below(99)}"\n日`][kind];
  if (leaf !== undefined) return { one: leaf, two: leaf };
  const members = Array.from({ length: random.below(5) }, () => value(random, depth + 1));
  if (kind === 4) return { one: members.map(({ one }) => one), two: members.map(({ two }) => two) };
  const keys = members.map((_, n) => random.pick(['b', 'a', 'é', '10', '9', 'Z', '__proto__', '']) + String(n));
  const entries = members.map(({ one, two }, n) => ({ key: keys[n] ?? '', one, two }));
  return {
    one: Object.fromEntries(entries.map(({ key, one }) => [key, one])),
    two: Object.fromEntries([...random.shuffled(entries).map(({ key, two }) => [key, two] as const), ['x', undefined]]),
  };
}

describe('canonical JSON', () => {
  test('spells equal values alike, whatever the order of their keys, and loses nothing', () => {
    for (const seed of SEEDS) {
      const { one, two } = value(new Random(seed));
      expect(canonical(two), `seed ${seed}`).toBe(canonical(one));
      expect(JSON.parse(canonical(one)), `seed ${seed}`).toEqual(JSON.parse(JSON.stringify(one)));
    }
  });

  test('sorts keys by code unit, keeps the order of lists, leaves undefined out', () => {
    expect(canonical({ b: [2, 1], a: { Z: 1, é: 2, z: 3 }, c: undefined })).toBe('{"a":{"Z":1,"z":3,"é":2},"b":[2,1]}');
  });
});

describe('events and statuses', () => {
  test('times are ISO 8601 UTC with milliseconds', () => {
    expect(iso(Date.UTC(2026, 1, 3, 4, 5, 6, 7))).toBe('2026-02-03T04:05:06.007Z');
  });

  test('each terminal status has its own terminal event, and no other event is terminal', () => {
    const terminal = STATUSES.filter(isTerminal);
    expect(terminal).toEqual(['completed', 'failed', 'cancelled']);
    expect(terminal.map(terminalEvent)).toEqual(['workflow_complete', 'workflow_error', 'workflow_cancelled']);
    expect(EVENT_TYPES.filter(isTerminalEvent)).toEqual(terminal.map(terminalEvent));
  });

  test('a plan awaits approval until somebody cancels or the workflow has ended', () => {
    const waiting = { status: 'running', phase: 'awaiting_approval', stop: null } as const;
    const stop = { kind: 'cancel', reason: null, finalize: false } as const;
    expect(awaitsApproval(waiting)).toBe(true);
    expect(awaitsApproval({ ...waiting, stop })).toBe(false);
    expect(awaitsApproval({ ...waiting, status: 'cancelled' })).toBe(false);
    expect(awaitsApproval({ ...waiting, phase: 'researching' })).toBe(false);
    expect(awaitsApproval({ status: 'running', phase: 'awaiting_approval' })).toBe(true);
  });

  test('the words of the contract are these', () => {
    expect(STATUSES).toEqual(['pending', 'running', 'completed', 'failed', 'cancelled']);
    expect(PHASES.join(' ')).toBe('queued planning awaiting_approval researching synthesising documenting done');
    expect(ORCHESTRATOR_TYPES).toEqual(['beltalowda', 'swarm', 'sequential', 'conditional', 'iterative']);
    expect(SUPPORT_LABELS).toEqual(['quoted', 'numeric_match', 'lexical', 'model_judged', 'unsupported']);
    expect(DETAILS).toEqual(['summary', 'report', 'evidence']);
    expect(EVENT_TYPES.length).toBe(19);
  });
});

describe('errors', () => {
  test.each(Object.keys(CATALOGUE) as ErrorCode[])('%s says what to do, unless its thrower knows better', (code) => {
    const entry = CATALOGUE[code];
    const fault = new Fault(code, 'what was wrong');
    expect(fault.toRecord()).toEqual({
      code,
      message: 'what was wrong',
      hint: entry.hint,
      retryable: entry.retryable,
    });
    expect([fault.exit, fault.name, fault.retryAfterMs, fault.cause]).toEqual([entry.exit, 'Fault', null, undefined]);
    for (const text of [entry.meaning, entry.hint]) expect(text).toMatch(/^[A-Z].*\.$/s);
  });

  test('a thrower may give a hint, a cause, a wait and whether repeating helps', () => {
    const cause = new Error('below');
    const fault = new Fault('INTERNAL', 'x', { hint: 'Do y.', cause, retryable: true, retryAfterMs: 5 });
    expect(fault).toMatchObject({ hint: 'Do y.', cause, retryable: true, retryAfterMs: 5 });
  });

  test('whatever was thrown becomes a Fault that keeps its message and cause', () => {
    const fault = new Fault('NOT_FOUND', 'x');
    expect(toFault(fault)).toBe(fault);
    const error = new TypeError('boom');
    expect(toFault(error)).toMatchObject({ code: 'INTERNAL', message: 'boom', cause: error });
    expect(toFault('just text')).toMatchObject({ code: 'INTERNAL', message: 'just text', cause: 'just text' });
    expect(toFault(undefined)).toMatchObject({ code: 'INTERNAL', message: 'undefined' });
  });
});

test.each([
  ['no budget limits it', { agents: null, carried_agents: null }, null],
  ['the budget carries a few', { agents: null, carried_agents: 3 }, 3],
  ['it carries nobody: one is begun all the same', { agents: null, carried_agents: 0 }, 1],
  ['it carries as many as a plan may name', { agents: null, carried_agents: 8 }, null],
  ['the caller said how many', { agents: 6, carried_agents: 3 }, null],
])('a plan is limited by its budget alone: %s', (_, config, limit) => {
  expect(planLimit(config)).toBe(limit);
});
