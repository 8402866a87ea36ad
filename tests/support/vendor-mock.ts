/** The emulator of vendors' wire formats, and the three formats by the models that speak them. */

import { type Fixture, LLMock } from '@copilotkit/aimock';
import { onTestFinished } from 'vitest';
import type { Exchange, ExchangeOptions, LanguageModel, ModelRequest } from '../../src/providers/language-model.ts';
import { languageModels } from '../../src/providers/models/vendors/vendors.ts';
import { FakeClock } from './fake-clock.ts';

/** One model for each format. */
export const FORMATS = [
  { format: 'Messages', name: 'anthropic/claude-opus-5-5' },
  { format: 'Responses', name: 'openai/gpt-6.2-sol' },
  { format: 'Chat Completions', name: 'xai/grok-4.7' },
] as const;

export interface MockedVendor {
  readonly mock: LLMock;
  readonly clock: FakeClock;
  readonly model: (name: string) => LanguageModel;
  readonly ask: (name: string, request: ModelRequest, options?: Partial<ExchangeOptions>) => Promise<Exchange>;
}

export async function mockedVendor(fixtures: readonly Fixture[]): Promise<MockedVendor> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 5 });
  mock.addFixtures([...fixtures]);
  await mock.start();
  const credentials = {
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: mock.url,
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${mock.url}/v1`,
    XAI_API_KEY: 'k',
    XAI_BASE_URL: `${mock.url}/v1`,
  };
  const clock = new FakeClock();
  const models = languageModels({ credentials, clock });
  onTestFinished(async () => {
    await models.close();
    await mock.stop();
  });
  return {
    mock,
    clock,
    model: (name) => models.model(name),
    ask: (name, request, options = {}) =>
      models.model(name).exchange(request, {
        signal: new AbortController().signal,
        idempotency_key: 'agent:belter-1/turn-1',
        ...options,
      }),
  };
}
