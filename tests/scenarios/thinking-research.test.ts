/** Research with a vendor's model, through the shipped binary and an emulator that others wrote: whole, cited, and paid to the token. */

import { LLMock } from '@copilotkit/aimock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { analyst, USAGE } from '../support/analyst.ts';
import { type Home, pipeIn, temporaryHome } from '../support/binary.ts';
import { rows } from '../support/database.ts';
import { FORMATS } from '../support/vendor-mock.ts';

const QUESTION = 'How do embedded databases keep committed data safe after a crash or power loss?';
/** Micro-dollars for one token of input and of output (providers/models/vendors/prices.ts). */
const RATES: Readonly<Record<string, readonly [number, number]>> = {
  'anthropic/claude-opus-5-5': [4, 20],
  'openai/gpt-6.2-sol': [2, 10],
  'xai/grok-4.7': [2, 6],
};

async function vendor(): Promise<{ readonly mock: LLMock; readonly home: Home }> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 40 });
  mock.addFixtures([{ match: {}, response: analyst }]);
  await mock.start();
  const home = await temporaryHome({
    ANTHROPIC_API_KEY: 'key-of-tests',
    ANTHROPIC_BASE_URL: mock.url,
    OPENAI_API_KEY: 'key-of-tests',
    OPENAI_BASE_URL: `${mock.url}/v1`,
    XAI_API_KEY: 'key-of-tests',
    XAI_BASE_URL: `${mock.url}/v1`,
  });
  onTestFinished(async () => {
    await mock.stop();
    await home.remove();
  });
  return { mock, home };
}

interface Outcome {
  readonly task_id: string;
  readonly status: string;
  readonly completeness: string;
  readonly missing: readonly unknown[];
  readonly model: string;
  readonly text: string;
  readonly citations: { readonly total: number; readonly unsupported: number };
  readonly sources: readonly unknown[];
  readonly spend: { readonly cost_usd: number; readonly tokens: number; readonly model_calls: number };
}

async function researched(home: Home, model: string, ...words: readonly string[]): Promise<Outcome> {
  const run = await pipeIn(home, '', ['research', QUESTION, '--model', model, '--json', '--quiet', ...words]);
  expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/^task_id: wf_\w+\n$/)]);
  return JSON.parse(run.stdout) as Outcome;
}

describe.each(FORMATS)('$format', ({ name }) => {
  test.each(['beltalowda', 'swarm'])('%s: a cited report, and a bill that is the vendor’s own', async (pattern) => {
    const { mock, home } = await vendor();
    const outcome = await researched(home, name, '--pattern', pattern);
    expect(outcome).toMatchObject({ status: 'completed', completeness: 'full', missing: [], model: name });
    expect(outcome.citations.total).toBeGreaterThan(3);
    expect(outcome.citations.unsupported).toBe(0);
    expect(outcome.sources.length).toBeGreaterThan(1);
    expect(outcome.text).toContain(`written with ${name}`);
    const requests = mock.getRequests();
    expect(requests.filter(({ response }) => response.status !== 200)).toEqual([]);
    const [input = 0, output = 0] = RATES[name] ?? [];
    const microusd = requests.length * (USAGE.input_tokens * input + USAGE.output_tokens * output);
    expect(outcome.spend).toMatchObject({
      model_calls: requests.length,
      tokens: requests.length * (USAGE.input_tokens + USAGE.output_tokens),
      cost_usd: microusd / 1e6,
    });
    const paid = rows(home, `SELECT sum(microusd) AS paid FROM calls WHERE kind = 'model'`, ({ paid: sum }) =>
      Number(sum),
    );
    expect(paid).toEqual([microusd]);
    expect((await pipeIn(home, '', ['audit', 'verify', outcome.task_id])).code).toBe(0);
  });
});
