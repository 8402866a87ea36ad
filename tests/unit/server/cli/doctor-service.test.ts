import { chmod } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { run } from './run-command.ts';
import { scriptedMaintenance, STATE } from './scripted-maintenance.ts';

let home = '';
beforeEach(async () => {
  home = await temporaryFolder();
});

interface Diagnosis {
  readonly checks: readonly { readonly what: string; readonly good: boolean; readonly words: string }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

async function doctor(env: Readonly<Record<string, string>>) {
  const maintenance = scriptedMaintenance({ state: { ...STATE, exists: false, schema: null, workflows: 0 } });
  const { exit, out } = await run(['doctor', '--json'], { maintenance, env: { BELTALOWDA_HOME: home, ...env } });
  const { checks, problems } = JSON.parse(out) as Diagnosis;
  return { exit, problems, service: checks.filter(({ what }) => what === 'service') };
}

it('says nothing of a service that nothing is said of', async () => {
  expect(await doctor({ BELTALOWDA_PORT: '9000' })).toEqual({ exit: 0, problems: [], service: [] });
});

it.each([
  {
    what: 'an address that others reach',
    env: { BELTALOWDA_HOST: '0.0.0.0' },
    words: '0.0.0.0 port 8417: would not start',
    problem: { code: 'ACCESS_REQUIRED' },
  },
  {
    what: 'half of an authorization server',
    env: { BELTALOWDA_OAUTH_ISSUER: 'https://issuer.example' },
    words: '127.0.0.1 port 8417: would not start',
    problem: { code: 'CONFIG_INVALID' },
  },
])('tells that $what keeps it from starting', async ({ env, words, problem }) => {
  const { exit, problems, service } = await doctor(env);
  expect(service).toEqual([{ what: 'service', good: false, words }]);
  expect([exit, problems]).toMatchObject([1, [problem]]);
});

it('reads the tokens as the service does', async () => {
  const file = `${home}/tokens.json`;
  const env = { BELTALOWDA_TOKENS_FILE: file, BELTALOWDA_HOST: '0.0.0.0' };
  expect(await doctor(env)).toMatchObject({ exit: 1, problems: [{ code: 'CONFIG_INVALID' }] });
  await writeFiles(home, { 'tokens.json': '{"tokens": []}' });
  await chmod(file, 0o600);
  const words = `0.0.0.0 port 8417: takes tokens of ${file}`;
  const right = { exit: 0, problems: [], service: [{ what: 'service', good: true, words }] };
  expect(await doctor(env)).toEqual(right);
  await chmod(file, 0o644);
  const [open] = (await doctor(env)).service;
  expect(open?.words).toContain(`${words}; others may read or change the file of tokens (mode 0644)`);
});
