import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { languageModels } from '../../../../src/providers/models/vendors/vendors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

type Credentials = Readonly<Record<string, string>>;

const models = (credentials: Credentials = {}) => languageModels({ credentials, clock: new FakeClock() });

function refusal(name: string, credentials: Credentials = {}): Fault {
  try {
    models(credentials).model(name);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('a model that cannot be asked is refused by name alone', () => {
  test.each<[string, string, string]>([
    ['anthropic/claude-opus-5-5', 'anthropic has no key here: ANTHROPIC_API_KEY is not set', 'Set ANTHROPIC_API_KEY'],
    ['xai/grok-4.7', 'xai has no key here: XAI_API_KEY is not set', 'Set XAI_API_KEY'],
    ['openrouter/a/b', 'openrouter has no key here: OPENROUTER_API_KEY is not set', 'Set OPENROUTER_API_KEY'],
    ['antropic/claude-opus-5-5', 'there is no provider "antropic"', 'Did you mean anthropic/claude-opus-5-5?'],
    ['google/gemini-3.8-flash', 'there is no provider "google"', 'Did you mean gemini/gemini-3.8-flash?'],
    ['lm-studio/qwen', 'there is no provider "lm-studio"', 'Did you mean lmstudio/qwen?'],
    ['zzzzzzzz/x', 'there is no provider "zzzzzzzz"', 'Providers: anthropic, openai,'],
    [
      'claude-opus-5-5',
      'the model "claude-opus-5-5" is named without its provider',
      'example anthropic/claude-opus-5-5.',
    ],
    ['gpt-6.2-sol', 'the model "gpt-6.2-sol" is named without its provider', 'example openai/gpt-6.2-sol.'],
    ['qwen3', 'the model "qwen3" is named without its provider', 'example ollama/qwen3.'],
    ['mine', 'the model "mine" is named without its provider', 'example ollama/MODEL.'],
    ['xai/', 'the model "xai/" is named without its provider', 'example xai/MODEL.'],
    ['', 'the model "" is named without its provider', 'Write provider/model'],
  ])('%s: %s', (name, message, hint) => {
    const fault = refusal(name);
    const code = message.includes('has no key') ? 'PROVIDER_NOT_CONFIGURED' : 'MODEL_UNKNOWN';
    expect([fault.code, fault.message, fault.retryable]).toEqual([code, message, false]);
    expect(fault.hint).toContain(hint);
  });

  test.each<[string, Credentials, string]>([
    ['openai/gpt-6.2-sol', { OPENAI_API_KEY: ' ' }, 'OPENAI_API_KEY is not set'],
    ['openai/gpt-6.2-sol', { OPENAI_API_KEY: 'a\nb' }, 'the key in OPENAI_API_KEY holds characters'],
    ['vllm/x', { VLLM_API_KEY: 'ключ' }, 'the key in VLLM_API_KEY holds characters'],
    ['ollama/x', { OLLAMA_HOST: 'ftp://a' }, 'OLLAMA_HOST is no address'],
    ['ollama/x', { OLLAMA_HOST: 'http://' }, 'OLLAMA_HOST is no address'],
    ['vllm/x', { VLLM_BASE_URL: 'http://me:hidden@host/v1' }, 'VLLM_BASE_URL is no address'],
    [
      'openai/x',
      { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://a/v1?api-version=1' },
      'OPENAI_BASE_URL holds a query',
    ],
  ])('%s with %j: %s', (name, credentials, message) => {
    const fault = refusal(name, credentials);
    expect(fault.message).toContain(message);
    expect(fault.message + fault.hint).not.toMatch(/hidden|ключ|a\nb/);
  });
});

test("a server of one's own behind the variable of a provider may want no key, and any word is one then", () => {
  const OPENAI_BASE_URL = 'http://localhost:8080/v1';
  expect(refusal('openai/mine', { OPENAI_BASE_URL }).hint).toContain('to any word if it needs none');
  expect(models({ OPENAI_BASE_URL, OPENAI_API_KEY: 'none' }).model('openai/mine').price).toBeNull();
});

test('a price is that of the day it is asked for, and of the provider whose name is used', async () => {
  const clock = new FakeClock();
  const credentials = { GEMINI_API_KEY: 'k', GEMINI_BASE_URL: 'https://proxy.example/v1' };
  const model = languageModels({ credentials, clock }).model('gemini/gemini-3.8-flash');
  expect(model.price?.input).toBe(750_000);
  await clock.advance(Date.UTC(2027, 0, 1) - clock.now());
  expect(model.price?.input).toBe(1_500_000);
});

const base = (credentials: Credentials): string | undefined => models(credentials).configured()[0]?.base_url;

test.each<[Credentials, string]>([
  [{ OLLAMA_HOST: '127.0.0.1:11434' }, 'http://127.0.0.1:11434/v1'],
  [{ OLLAMA_HOST: 'box' }, 'http://box:11434/v1'],
  [{ OLLAMA_HOST: ':9999' }, 'http://127.0.0.1:9999/v1'],
  [{ OLLAMA_HOST: '0.0.0.0' }, 'http://127.0.0.1:11434/v1'],
  [{ OLLAMA_HOST: '0.0.0.0:80' }, 'http://127.0.0.1/v1'],
  [{ OLLAMA_HOST: 'https://ollama.example/' }, 'https://ollama.example/v1'],
  [{ OLLAMA_HOST: 'http://box:1/v1' }, 'http://box:1/v1'],
  [{ LMSTUDIO_BASE_URL: 'http://box:1234' }, 'http://box:1234/v1'],
  [{ ANTHROPIC_API_KEY: 'k' }, 'https://api.anthropic.com/v1'],
  [
    { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://proxy.example/anthropic/' },
    'https://proxy.example/anthropic/v1',
  ],
  [{ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://proxy.example/v1' }, 'https://proxy.example/v1'],
  [{ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://proxy.example/v1/messages' }, 'https://proxy.example/v1'],
  [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://box/v1/chat/completions/' }, 'http://box/v1'],
  [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'localhost:8080' }, 'http://localhost:8080/v1'],
  [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://proxy.example' }, 'https://proxy.example/v1'],
  [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://proxy.example/api' }, 'https://proxy.example/api'],
  [{ GEMINI_API_KEY: 'k' }, 'https://generativelanguage.googleapis.com/v1beta/openai'],
  [{ DEEPSEEK_API_KEY: 'k' }, 'https://api.deepseek.com'],
])('%j leads to %s', (credentials, url) => {
  expect(base(credentials)).toBe(url);
});

test('a local server needs no key, and is listed once somebody set its address', () => {
  expect(models().model('ollama/qwen3:8b')).toMatchObject({ name: 'ollama/qwen3:8b', price: { input: 0, output: 0 } });
  expect(models().configured()).toEqual([]);
  const listed = models({ XAI_API_KEY: 'k', VLLM_BASE_URL: 'http://a:1', VLLM_API_KEY: 'v' }).configured();
  expect(listed).toEqual([
    { provider: 'xai', base_url: 'https://api.x.ai/v1', key_variable: 'XAI_API_KEY', local: false },
    { provider: 'vllm', base_url: 'http://a:1/v1', key_variable: 'VLLM_API_KEY', local: true },
  ]);
});

test('a model keeps the slashes of its own name, and is the same one each time', () => {
  const all = models({ GROQ_API_KEY: 'k' });
  const model = all.model('groq/openai/gpt-oss-120b');
  expect(model).toMatchObject({ name: 'groq/openai/gpt-oss-120b', context_tokens: 131_072, price: { input: 150_000 } });
  expect(all.model('groq/openai/gpt-oss-120b')).toBe(model);
});

test('a process that runs into another day asks at the prices of that day', () => {
  const clock = new FakeClock(Date.parse('2026-12-31T23:59:59Z'));
  const vendors = languageModels({ credentials: { GEMINI_API_KEY: 'k' }, clock });
  const model = vendors.model('gemini/gemini-3.8-flash');
  const before = model.price?.input ?? 0;
  clock.jump(1_000);
  expect(model.price?.input).toBe(before * 2);
});
