/**
 * Keys and addresses of providers, by the variables that everybody uses for them. They stand in the environment alone: never
 * in the file, never in a flag, never among the settings that `doctor` prints.
 */

export const CREDENTIALS = {
  ANTHROPIC_API_KEY: { secret: true, of: 'anthropic' },
  ANTHROPIC_BASE_URL: { secret: false, of: 'anthropic' },
  OPENAI_API_KEY: { secret: true, of: 'openai' },
  OPENAI_BASE_URL: { secret: false, of: 'openai' },
  XAI_API_KEY: { secret: true, of: 'xai' },
  XAI_BASE_URL: { secret: false, of: 'xai' },
  GEMINI_API_KEY: { secret: true, of: 'gemini' },
  GEMINI_BASE_URL: { secret: false, of: 'gemini' },
  MISTRAL_API_KEY: { secret: true, of: 'mistral' },
  MISTRAL_BASE_URL: { secret: false, of: 'mistral' },
  GROQ_API_KEY: { secret: true, of: 'groq' },
  GROQ_BASE_URL: { secret: false, of: 'groq' },
  DEEPSEEK_API_KEY: { secret: true, of: 'deepseek' },
  DEEPSEEK_BASE_URL: { secret: false, of: 'deepseek' },
  OPENROUTER_API_KEY: { secret: true, of: 'openrouter' },
  OPENROUTER_BASE_URL: { secret: false, of: 'openrouter' },
  OLLAMA_HOST: { secret: false, of: 'ollama' },
  LMSTUDIO_BASE_URL: { secret: false, of: 'lmstudio' },
  VLLM_BASE_URL: { secret: false, of: 'vllm' },
  VLLM_API_KEY: { secret: true, of: 'vllm' },
  SEARXNG_URL: { secret: false, of: 'searxng' },
  BRAVE_API_KEY: { secret: true, of: 'brave' },
  BRAVE_BASE_URL: { secret: false, of: 'brave' },
  TAVILY_API_KEY: { secret: true, of: 'tavily' },
  TAVILY_BASE_URL: { secret: false, of: 'tavily' },
  EXA_API_KEY: { secret: true, of: 'exa' },
  EXA_BASE_URL: { secret: false, of: 'exa' },
  OPENALEX_API_KEY: { secret: true, of: 'openalex' },
  OPENALEX_BASE_URL: { secret: false, of: 'openalex' },
  WIKIPEDIA_BASE_URL: { secret: false, of: 'wikipedia' },
  ARXIV_BASE_URL: { secret: false, of: 'arxiv' },
  CROSSREF_BASE_URL: { secret: false, of: 'crossref' },
} as const satisfies Record<string, { readonly secret: boolean; readonly of: string }>;

export type CredentialName = keyof typeof CREDENTIALS;
export type Credentials = Readonly<Partial<Record<CredentialName, string>>>;

/** Those that are set; an empty variable counts as unset, as container files often leave them. */
export function readCredentials(env: NodeJS.ProcessEnv): Credentials {
  const names = Object.keys(CREDENTIALS) as CredentialName[];
  const set = names.flatMap((name) => {
    const value = (env[name] ?? '').trim();
    return value === '' ? [] : [[name, value] as const];
  });
  return Object.freeze(Object.fromEntries(set));
}
