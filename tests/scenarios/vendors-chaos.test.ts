/** The emulator's faults: each by itself, and all of them mixed, where nothing may be lost and no request go uncounted. */

import type { ChaosConfig } from '@copilotkit/aimock';
import { describe, expect, test } from 'vitest';
import { NO_USAGE, type Usage } from '../../src/core/call.ts';
import type { ModelAnswer } from '../../src/providers/language-model.ts';
import { asked } from '../support/vendor-events.ts';
import { FORMATS, mockedVendor } from '../support/vendor-mock.ts';

const RESPONSE = {
  content: 'The log is written first, and then it is copied.',
  usage: { input_tokens: 40, output_tokens: 12 },
};
const FIXTURE = { match: {}, response: RESPONSE };
const told = ({ text, usage }: ModelAnswer): string => `${text} ${usage?.input_tokens}+${usage?.output_tokens}`;
const COUNTED: Usage = { ...NO_USAGE, input_tokens: 40, output_tokens: 12 };

describe.each(FORMATS)('$format', ({ name }) => {
  test.each<[string, ChaosConfig, string, Usage | null]>([
    ['500', { dropRate: 1 }, 'PROVIDER_UNAVAILABLE', NO_USAGE],
    ['429', { rateLimitRate: 1 }, 'PROVIDER_LIMITED', NO_USAGE],
    ['malformed JSON', { malformedRate: 1 }, 'PROVIDER_PROTOCOL', null],
    ['a closed connection', { disconnectRate: 1 }, 'PROVIDER_UNAVAILABLE', null],
  ])('%s is a fault that can be tried again', async (_what, chaos, ...[code, usage]) => {
    const { ask } = await mockedVendor([{ ...FIXTURE, chaos }]);
    expect(await ask(name, asked())).toMatchObject({ kind: 'failed', fault: { code, retryable: true }, usage });
  });

  test('a stream cut in the middle is no answer, and nobody knows what it cost', async () => {
    const { ask, mock } = await mockedVendor([{ ...FIXTURE, truncateAfterChunks: 4, latency: 5 }]);
    const exchange = await ask(name, asked());
    const fault = { code: 'PROVIDER_UNAVAILABLE', retryable: true };
    expect(exchange).toMatchObject({ kind: 'failed', fault, usage: null });
    expect(mock.getLastRequest()?.response.interrupted).toBe(true);
  });
});

test.each([0.1, 0.3])('with faults at %d each request is in the journal of the emulator once', async (rate) => {
  const { ask, mock, clock } = await mockedVendor([FIXTURE]);
  mock.setChaos({ dropRate: rate / 4, malformedRate: rate / 4, rateLimitRate: rate / 4, disconnectRate: rate / 4 });
  const whole = `${RESPONSE.content} ${COUNTED.input_tokens}+${COUNTED.output_tokens}`;
  const outcomes: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    for (const { name } of FORMATS) {
      const asking = ask(name, asked());
      // Whatever a lane waits for is over by then.
      await clock.advance(30_000);
      const exchange = await asking;
      // By itself: five faults in a row happen, and then the lane asks nobody.
      if (exchange.kind === 'failed' && exchange.fault.message.includes('left alone')) continue;
      outcomes.push(exchange.kind === 'failed' ? exchange.fault.code : told(exchange.answer));
    }
  }
  const served = mock.getRequests().filter(({ response }) => response.chaosAction === undefined);
  expect(outcomes).toHaveLength(mock.getRequests().length);
  expect(outcomes.filter((one) => one === whole)).toHaveLength(served.length);
  const faults = new Set(['PROVIDER_UNAVAILABLE', 'PROVIDER_LIMITED', 'PROVIDER_PROTOCOL']);
  expect(outcomes.filter((one) => one !== whole && !faults.has(one))).toEqual([]);
});
