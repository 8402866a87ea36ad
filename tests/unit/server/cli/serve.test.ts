import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../support/folder.ts';
import { settings } from '../../../support/settings.ts';
import { run } from './run-command.ts';

const VENDOR = 'vendor/model';
const PRICE = { input: 1, cached: 1, cache_write: 1, output: 2, reasoning: null, as_of: '2026-01-01' };
const probe = () => Promise.reject(new Error('asked over the network'));

function models(prices: Parameters<typeof settings>[0] = {}) {
  return { ...settings(prices).models, probe };
}

test('serve says what all research would be refused for, and serves', async () => {
  const there = await temporaryFolder();
  const gone = `${there}/gone`;
  const { err, exit, served } = await run(
    ['serve', '--source', there, '--source', gone, '--model', VENDOR, '--fallback-models', 'nonsense'],
    { models: models() },
  );
  expect(err.split('\n')).toEqual([
    expect.stringMatching(`^warning: source ${gone} does not exist\\. Correct the path`),
    expect.stringMatching(`^warning: ${VENDOR} needs VENDOR_API_KEY\\. `),
    expect.stringMatching(/^warning: model "nonsense" cannot be run\. /),
    '',
  ]);
  expect([exit, served.length]).toEqual([0, 1]);
});

test('serve has nothing to say where research can begin', async () => {
  const there = await temporaryFolder();
  const priced = models({ prices: { [VENDOR]: PRICE } });
  const { err } = await run(['serve', '--source', there, '--model', VENDOR, '--budget-usd', '1'], { models: priced });
  expect(err).toBe('');
});

test.each([
  { words: ['serve'], given: models(), told: 'there is nothing to research: no source is set, and the network is off' },
  {
    words: ['serve', '--network', 'on', '--model', VENDOR, '--budget-usd', '1'],
    given: models({ prices: { [VENDOR]: null } }),
    told: `a cap of $1.00 cannot be kept: no price is known for ${VENDOR}`,
  },
])('$words tells that $told', async ({ words, given, told }) => {
  const { err, served } = await run(words, { models: given });
  expect(err).toContain(`warning: ${told}`);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(served).toHaveLength(1);
});

test('a host over stdio is told none of it: it starts servers that it never asks anything', async () => {
  const { err } = await run(['stdio', '--model', VENDOR], { models: models() });
  expect(err).toBe('');
});
