import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { LanguageModel } from '../../../../src/providers/language-model.ts';
import { type Asker, converse } from '../../../../src/research/thinking/ask.ts';
import { prompt } from '../../../../src/research/thinking/prompt.ts';
import { hurried } from '../../../../src/research/thinking/unanswered.ts';
import { scripted, type TestModel } from '../../../support/cassette.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Desk, desk } from '../../../support/thinking.ts';

const TURN = {
  key: 'turn-1',
  share: 'research',
  prompt: prompt('test-1', 'Answer.'),
  messages: [{ role: 'user', text: 'How many?' }],
  max_output_tokens: 100,
} as const;
const BUSY = new Fault('PROVIDER_LIMITED', 'too many', { retryAfterMs: 40_000 });
const QUOTA = new Fault('PROVIDER_QUOTA', 'no credit is left');
const FINE = { text: 'two' };

function asker(on: Desk, models: readonly TestModel[], waits: boolean): Asker {
  const byName = new Map<string, LanguageModel>(models.map((model) => [model.name, model]));
  const find = (name: string): LanguageModel => {
    const found = byName.get(name);
    if (found === undefined) throw new Fault('PROVIDER_NOT_CONFIGURED', `${name} needs a key`);
    return found;
  };
  return { models: find, model: 'a/one', bench: on.bench, signal: on.stop.signal, waits: () => waits };
}

describe('a provider that asks for a longer wait than usual', () => {
  test('is waited for where there is time, and fails at once where there is none', async () => {
    const one = scripted([BUSY, FINE, BUSY], { name: 'a/one' });
    expect(await converse(asker(desk(), [one], true), TURN)).toMatchObject(FINE);
    await expect(converse(asker(desk(), [one], false), TURN)).rejects.toBe(BUSY);
    expect(one.requests).toHaveLength(3);
  });

  test('is not waited for where a fallback answers at once', async () => {
    const on = desk({ fallback_models: ['b/two'] });
    const one = scripted([BUSY], { name: 'a/one' });
    const two = scripted([FINE], { name: 'b/two' });
    expect(await converse(asker(on, [one, two], true), TURN)).toMatchObject({ by: 'b/two' });
  });

  test('is waited for once no fallback could answer, and none of these is asked again', async () => {
    const on = desk({ fallback_models: ['b/two', 'c/gone'] });
    const one = scripted([BUSY, FINE], { name: 'a/one' });
    const two = scripted([QUOTA], { name: 'b/two' });
    expect(await converse(asker(on, [one, two], true), TURN)).toMatchObject({ by: 'a/one', ...FINE });
    expect(two.requests).toHaveLength(1);
  });

  test('fails with its fallbacks where there is no time for it, and is not asked once more', async () => {
    const on = desk({ fallback_models: ['b/two'] });
    const one = scripted([BUSY], { name: 'a/one' });
    const two = scripted([QUOTA], { name: 'b/two' });
    await expect(converse(asker(on, [one, two], false), TURN)).rejects.toBe(QUOTA);
    expect(one.requests).toHaveLength(1);
  });
});

test('a report waits in the first two thirds of its time, and for nothing that ends after them', () => {
  const clock = new FakeClock();
  const on = desk();
  const { waits } = hurried(asker(on, [], false), clock, 300_000);
  expect([waits?.(199_999), waits?.(200_000)]).toEqual([true, false]);
  clock.jump(170_000);
  expect([waits?.(29_999), waits?.(40_000)]).toEqual([true, false]);
});
