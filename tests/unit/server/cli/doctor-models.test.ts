import { expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { ModelProbe } from '../../../../src/core/model-catalogue.ts';
import type { Price } from '../../../../src/core/price.ts';
import { settings } from '../../../support/settings.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run } from './run-command.ts';
import { scriptedMaintenance, STATE } from './scripted-maintenance.ts';

const KEY = 'sk-very-secret';
const PRICE: Price = { input: 1, cached: 1, cache_write: 1, output: 1, reasoning: null, as_of: '2026-01-01' };

async function doctor(env: Readonly<Record<string, string>>, probe: Partial<ModelProbe> = {}) {
  const { models } = settings({ prices: { 'v/large': PRICE, 'v/small': PRICE, 'local/free': null } });
  const { exit, out } = await run(['doctor'], {
    env,
    terminal: recordingTerminal(),
    maintenance: scriptedMaintenance({ state: { ...STATE, exists: false, schema: null, workflows: 0 } }),
    models: { ...models, probe: () => Promise.resolve(null), ...probe },
  });
  return { exit, out: out.replaceAll(/ +/g, ' ') };
}

it('names the variables that hold keys and addresses, and never what they hold', async () => {
  const { exit, out } = await doctor({ ANTHROPIC_API_KEY: KEY, OLLAMA_HOST: 'http://u:pass@host', EXA_API_KEY: KEY });
  expect(exit).toBe(0);
  expect(out).toContain('✔ providers set: ANTHROPIC_API_KEY, OLLAMA_HOST\n');
  expect(out).toContain('Keys are not printed.');
  expect(out).toContain('give it ANTHROPIC_API_KEY, EXA_API_KEY there');
  expect(out).not.toContain('secret');
  expect(out).not.toContain('pass');
  expect((await doctor({})).out).toMatch(/providers no key and no address is set; .* set ANTHROPIC_API_KEY/);
});

it('tells of each model in use what it is for, whether it answers and whether it has a price', async () => {
  const { exit, out } = await doctor({
    BELTALOWDA_MODEL: 'v/large',
    BELTALOWDA_MODEL_DRUMMER: 'v/small',
    BELTALOWDA_FALLBACK_MODELS: 'local/free',
  });
  expect(exit).toBe(0);
  expect(out).toContain('✔ model v/large (plan, belter, camina): answers; its price is known\n');
  expect(out).toContain('✔ model v/small (drummer): answers; its price is known\n');
  expect(out).toContain('✔ model local/free (fallback): answers; its price is not known: only tokens are counted\n');
});

it('tells what keeps a model from working: no key, a wrong key, no price for a cap in dollars', async () => {
  const unset = await doctor({ BELTALOWDA_MODEL: 'other/x' });
  expect(unset.exit).toBe(1);
  expect(unset.out).toContain('✖ model other/x: its provider is not configured\n');
  expect(unset.out).toContain('error PROVIDER_NOT_CONFIGURED: other/x needs VENDOR_API_KEY\n');
  const wrong = await doctor(
    { BELTALOWDA_MODEL: 'v/large' },
    { probe: () => Promise.resolve(new Fault('PROVIDER_REFUSED', 'v answers 401')) },
  );
  expect(wrong.out).toContain('✖ model v/large: its provider does not accept the key\n');
  expect(wrong.out).toContain('error PROVIDER_REFUSED: v answers 401\n');
  const unpriced = await doctor({ BELTALOWDA_MODEL: 'local/free', BELTALOWDA_BUDGET_USD: '2' });
  expect(unpriced.out).toContain(
    'error BUDGET_UNPRICED: a cap of $2.00 cannot be kept: no price is known for local/free',
  );
});

it('tells whether agents may use the network, and what they search with', async () => {
  const on = { BELTALOWDA_NETWORK: 'on' };
  expect((await doctor({})).out).toContain('network off: agents read your documents only');
  const served = { BELTALOWDA_MCP_SERVERS: JSON.stringify({ sea: { command: 'sea' } }) };
  expect((await doctor(served)).out).toContain('your documents, and use the servers of tools on this machine;');
  expect((await doctor(on)).out).toContain(
    'on; no web search: set SEARXNG_URL, BRAVE_API_KEY, TAVILY_API_KEY, EXA_API_KEY\n',
  );
  const keys = { TAVILY_API_KEY: KEY, EXA_API_KEY: KEY };
  expect((await doctor({ ...on, ...keys })).out).toContain('✔ network on; web search by tavily\n');
  expect((await doctor({ ...on, ...keys, BELTALOWDA_SEARCH: 'exa' })).out).toContain('on; web search by exa\n');
  expect((await doctor({ ...on, BELTALOWDA_SEARCH: 'none' })).out).toContain('on; no web search is wanted\n');
  const missing = await doctor({ ...on, BELTALOWDA_SEARCH: 'brave' });
  expect(missing.exit).toBe(1);
  expect(missing.out).toContain('error PROVIDER_NOT_CONFIGURED: web search by brave has no BRAVE_API_KEY\n');
});
