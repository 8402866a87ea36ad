/** The providers: where each is, what it needs, which wire format it speaks and in which dialect. */

import { Fault } from '../../../core/errors.ts';
import { nearest } from '../../../core/nearest.ts';
import { anthropic } from './anthropic.ts';
import type { Endpoint } from './faults.ts';
import { type Dialect, openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Wire } from './wire.ts';

interface Provider {
  /** The variable of its key; null where there is none. */
  readonly key: { readonly variable: string; readonly needed: boolean } | null;
  /** The variable of its address. */
  readonly base: string;
  readonly address: string;
  /** What the path of every address ends in; null where a server may have any. */
  readonly ending: string | null;
  /** Whether it runs on the user's own machines. */
  readonly local: boolean;
  /** Requests at once, at most. */
  readonly concurrency: number;
  readonly wire: (model: string) => Wire;
}

const PLAIN: Dialect = { limit: 'max_tokens', schema: true, usage: 'asked', back: [], short_ids: false };

function chat(provider: string, differs: Partial<Dialect> = {}): () => Wire {
  const wire = openaiChat(provider, { ...PLAIN, ...differs });
  return () => wire;
}

/** What a hosted provider is, where it is like the others. */
function hosted(name: string, address: string, wire: Provider['wire']): Provider {
  const prefix = name.toUpperCase();
  const key = { variable: `${prefix}_API_KEY`, needed: true };
  return { key, base: `${prefix}_BASE_URL`, address, ending: null, local: false, concurrency: 16, wire };
}

/** What a server on the user's own machine is. More at once only wait in its own queue, with the clock running. */
function local(base: string, address: string, wire: Provider['wire']): Provider {
  return { key: null, base, address, ending: '/v1', local: true, concurrency: 4, wire };
}

/** OpenAI's own models, which call tools with reasoning over Responses alone. Whatever else stands behind the variable is compatible. */
const RESPONSES = /^(?:gpt-(?!oss)|o\d|chatgpt-|codex-)/;
const openaiElse = openaiChat('openai', PLAIN);

const TABLE = {
  anthropic: { ...hosted('anthropic', 'https://api.anthropic.com/v1', () => anthropic), ending: '/v1' },
  openai: hosted('openai', 'https://api.openai.com/v1', (model) =>
    RESPONSES.test(model) ? openaiResponses : openaiElse,
  ),
  xai: hosted('xai', 'https://api.x.ai/v1', chat('xai', { limit: 'max_completion_tokens' })),
  gemini: hosted('gemini', 'https://generativelanguage.googleapis.com/v1beta/openai', chat('gemini')),
  mistral: hosted('mistral', 'https://api.mistral.ai/v1', chat('mistral', { usage: 'always', short_ids: true })),
  groq: hosted(
    'groq',
    'https://api.groq.com/openai/v1',
    // Only some of its models take a schema.
    chat('groq', { limit: 'max_completion_tokens', schema: false }),
  ),
  deepseek: hosted(
    'deepseek',
    'https://api.deepseek.com',
    chat('deepseek', { schema: false, back: ['reasoning_content'] }),
  ),
  openrouter: hosted(
    'openrouter',
    'https://openrouter.ai/api/v1',
    // What stands behind it differs with the model.
    chat('openrouter', { schema: false, back: ['reasoning_details'] }),
  ),
  ollama: local('OLLAMA_HOST', 'http://127.0.0.1:11434/v1', chat('ollama')),
  lmstudio: local('LMSTUDIO_BASE_URL', 'http://127.0.0.1:1234/v1', chat('lmstudio')),
  vllm: {
    ...local('VLLM_BASE_URL', 'http://127.0.0.1:8000/v1', chat('vllm')),
    key: { variable: 'VLLM_API_KEY', needed: false },
    concurrency: 16,
  },
} as const satisfies Record<string, Provider>;

export type ProviderName = keyof typeof TABLE;
export const PROVIDERS = Object.keys(TABLE) as readonly ProviderName[];

export function providerOf(name: ProviderName): Provider {
  return TABLE[name];
}

/** Names people give providers, and models without one. */
const ALSO: readonly (readonly [RegExp, ProviderName])[] = [
  [/^(?:claude|anthropic)/i, 'anthropic'],
  [/^(?:gpt|o\d|chatgpt|codex|openai)/i, 'openai'],
  [/^(?:x-?ai|grok)/i, 'xai'],
  [/^(?:google|gemini|vertex)/i, 'gemini'],
  [/^(?:mi[ns]i?stral|magistral|codestral|devstral)/i, 'mistral'],
  [/^deepseek/i, 'deepseek'],
  [/^(?:llama|qwen|gemma|phi)/i, 'ollama'],
  [/^lm-?studio/i, 'lmstudio'],
];

/** Splits `provider/model` at the first slash. Throws MODEL_UNKNOWN where there is no such provider. */
export function found(name: string): { readonly provider: ProviderName; readonly model: string } {
  const slash = name.indexOf('/');
  const said = slash < 0 ? '' : name.slice(0, slash);
  const model = name.slice(slash + 1);
  const provider = PROVIDERS.find((one) => one === said);
  if (provider !== undefined && model !== '') return { provider, model };
  const meant = ALSO.find(([pattern]) => pattern.test(slash < 0 ? name : said))?.[1] ?? nearest(said, PROVIDERS);
  if (slash < 0 || model === '') {
    const example = slash < 0 && meant !== null ? `${meant}/${name}` : `${provider ?? meant ?? 'ollama'}/MODEL`;
    throw new Fault('MODEL_UNKNOWN', `the model ${JSON.stringify(name)} is named without its provider`, {
      hint: `Write provider/model, for example ${example}. Providers: ${PROVIDERS.join(', ')}.`,
    });
  }
  const close = meant === null ? '' : `Did you mean ${meant}/${model}? `;
  throw new Fault('MODEL_UNKNOWN', `there is no provider ${JSON.stringify(said)}`, {
    hint: `${close}Providers: ${PROVIDERS.join(', ')}.`,
  });
}

/** Where requests to a provider go, and with which key. Throws PROVIDER_NOT_CONFIGURED naming the variable to set. */
export function endpointOf(
  provider: ProviderName,
  credentials: Readonly<Record<string, string | undefined>>,
): Endpoint {
  const { key, base, address, ending } = providerOf(provider);
  const given = (credentials[base] ?? '').trim();
  const own = key === null ? '' : (credentials[key.variable] ?? '').trim();
  if (key !== null && key.needed && own === '') {
    const where = given === '' ? `your key for ${provider}` : `the key for ${base}, or to any word if it needs none`;
    throw new Fault('PROVIDER_NOT_CONFIGURED', `${provider} has no key here: ${key.variable} is not set`, {
      hint: `Set ${key.variable} to ${where}, or choose a model of another provider.`,
    });
  }
  // It goes into a header, which holds nothing else; a line break in it is the usual accident.
  if (key !== null && !/^[\x21-\x7E]*$/.test(own)) {
    throw new Fault('PROVIDER_NOT_CONFIGURED', `the key in ${key.variable} holds characters that no key has`, {
      hint: `Set ${key.variable} to the key alone, on one line and without quotation marks.`,
    });
  }
  const base_url = given === '' ? address : addressOf(given, { variable: base, fallback: address, ending });
  return { provider, base_url, key_variable: key?.variable ?? null, key: own === '' ? null : own };
}

/** What people copy along: the address of one kind of request, from a vendor's page. */
const ONE_REQUEST = /\/(?:chat\/completions|completions|messages|responses)$/;

interface Address {
  readonly variable: string;
  readonly fallback: string;
  readonly ending: string | null;
}

/** The address as it is used: with a protocol, a host one can connect to, and the path of the interface. */
function addressOf(given: string, { variable, fallback, ending }: Address): string {
  const standard = new URL(fallback);
  const bare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(given);
  // `host:port`, `:port` and `host`, as Ollama's own variable is written. What runs on this machine speaks plainly.
  const host = given.startsWith(':') ? `127.0.0.1${given}` : given;
  const protocol = /^(?:localhost|127\.|\[::1\])/i.test(host) ? 'http:' : standard.protocol;
  const whole = bare ? `${protocol}//${host}` : given;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Fault('PROVIDER_NOT_CONFIGURED', `${variable} is no address that models can be reached at`, {
      hint: `Set ${variable} to an http or https address without a user name in it, such as ${fallback}.`,
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new Fault(
      'PROVIDER_NOT_CONFIGURED',
      `${variable} holds a query, which would be lost: each request has a path of its own`,
      {
        hint: `Set ${variable} to the address without what follows the question mark, or to a proxy that adds it.`,
      },
    );
  }
  if (bare && !/:\d+(?:\/|$)/.test(given) && standard.port !== '') url.port = standard.port;
  // An address to listen at is none to call.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  const path = url.pathname.replace(/\/+$/, '').replace(ONE_REQUEST, '');
  const full = ending !== null && !path.endsWith(ending) ? `${path}${ending}` : path === '' ? standard.pathname : path;
  return `${url.origin}${full}`.replace(/\/+$/, '');
}
