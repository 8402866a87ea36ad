import { describe, expect, test } from 'vitest';
import {
  type FailedAttempts,
  isSilent,
  isWebhookSecret,
  messageId,
  redeliverAfter,
  silenceAfter,
} from '../../../src/core/webhook.ts';

const FIRST: FailedAttempts = {
  failures: 1,
  refusals: 0,
  judged: false,
  triedMs: 0,
  ageMs: 0,
  retryAfterMs: null,
  random: 0.5,
};
const HOUR = 3_600_000;

describe('when a message is tried again', () => {
  test.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [12, 2_048_000],
    [13, HOUR],
    [5000, HOUR],
  ])('after %i failures it waits at most %i ms', (failures, ms) => {
    expect(redeliverAfter({ ...FIRST, failures, random: 0.999_999_999 })).toBe(ms);
    expect(redeliverAfter({ ...FIRST, failures, random: 0.25 })).toBe(ms / 4);
    expect(redeliverAfter({ ...FIRST, failures, random: 0 })).toBe(0);
  });

  test('a server that asks for time gets it, an hour at most', () => {
    expect(redeliverAfter({ ...FIRST, retryAfterMs: 30_000 })).toBe(30_000);
    expect(redeliverAfter({ ...FIRST, retryAfterMs: 10 })).toBe(500);
    expect(redeliverAfter({ ...FIRST, retryAfterMs: 9 * HOUR })).toBe(HOUR);
  });

  test('no attempt comes later than a day after it was made', () => {
    const last: FailedAttempts = { ...FIRST, failures: 20, ageMs: 23.5 * HOUR };
    expect(redeliverAfter({ ...last, random: 0.5 })).toBe(HOUR / 2);
    expect(redeliverAfter({ ...last, random: 0.51 })).toBeNull();
  });

  test.each([0, 60 * HOUR])(
    'however old it is, it has ten attempts of its own, the first of them %i ms ago',
    (triedMs) => {
      expect(redeliverAfter({ ...FIRST, triedMs, failures: 9, ageMs: 60 * HOUR })).toBe(128_000);
      expect(redeliverAfter({ ...FIRST, triedMs, failures: 10, ageMs: 60 * HOUR })).toBeNull();
    },
  );

  test('what is refused five times and for an hour is not asked again', () => {
    const refused: FailedAttempts = { ...FIRST, failures: 9, refusals: 5, triedMs: HOUR };
    expect(redeliverAfter(refused)).toBeNull();
    expect(redeliverAfter({ ...refused, refusals: 4 })).toBe(128_000);
    expect(redeliverAfter({ ...refused, triedMs: HOUR - 1 })).toBe(128_000);
  });

  test('what is refused has its hour, however old it is and however often it was tried in that', () => {
    const old: FailedAttempts = { ...FIRST, failures: 10, refusals: 10, ageMs: 60 * HOUR };
    expect(redeliverAfter({ ...old, triedMs: HOUR - 1 })).toBe(256_000);
    expect(redeliverAfter({ ...old, triedMs: HOUR - 1, refusals: 1 })).toBe(256_000);
    expect(redeliverAfter({ ...old, triedMs: HOUR, refusals: 1 })).toBeNull();
  });

  test('a message that is itself refused five times is not asked again, however soon that was', () => {
    const judged: FailedAttempts = { ...FIRST, failures: 5, refusals: 5, judged: true, triedMs: 1 };
    expect(redeliverAfter(judged)).toBeNull();
    expect(redeliverAfter({ ...judged, refusals: 4 })).toBe(8000);
  });
});

describe('for how long nothing was taken', () => {
  const DAY = 24 * HOUR;
  test.each([
    ['the first failure begins a day', { days: 0, begun: null, now: 5 }, { days: 1, begun: 5 }],
    ['another in the same day is of that day', { days: 1, begun: 5, now: DAY + 4 }, { days: 1, begun: 5 }],
    ['a day later it is another day', { days: 1, begun: 5, now: DAY + 5 }, { days: 2, begun: DAY + 5 }],
    ['a month later it is one day more', { days: 1, begun: 5, now: 30 * DAY }, { days: 2, begun: 30 * DAY }],
    ['a clock that is set back ends no day', { days: 2, begun: 9 * DAY, now: DAY }, { days: 2, begun: DAY }],
  ])('%s', (_what, { now, ...before }, after) => {
    expect(silenceAfter(before, now)).toEqual(after);
  });

  test.each([
    [4, { gaveUp: true, oneWorkflow: false }, false],
    [5, { gaveUp: true, oneWorkflow: false }, true],
    [5, { gaveUp: true, oneWorkflow: true }, true],
    [5, { gaveUp: false, oneWorkflow: false }, false],
    [6, { gaveUp: false, oneWorkflow: false }, true],
    [60, { gaveUp: false, oneWorkflow: true }, false],
  ])('after %i days and %o it is over: %s', (days, of, over) => {
    expect(isSilent({ days, begun: 0 }, of)).toBe(over);
  });
});

test('an id names the event and nothing else', () => {
  expect(messageId('wf_1', 7)).toBe('msg_wf_1_7');
});

describe('a secret of the scheme', () => {
  test.each([24, 32, 64])('has %i bytes', (bytes) => {
    expect(isWebhookSecret(`whsec_${Buffer.alloc(bytes, 255).toString('base64')}`)).toBe(true);
  });

  const OF_32 = Buffer.alloc(32, 255).toString('base64');
  test.each([
    ['no prefix', OF_32],
    ['too few bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['too many bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['no base64', `whsec_${OF_32.replace('/', '!')}`],
    ['base64 cut off', `whsec_${OF_32.slice(0, -1)}`],
    ['something after it', `whsec_${OF_32} `],
    ['nothing', ''],
  ])('has not: %s', (_what, text) => {
    expect(isWebhookSecret(text)).toBe(false);
  });
});
