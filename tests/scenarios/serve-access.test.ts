/** The real binary with tokens: made on the command line, taken by the service, revoked while it runs. */

import { expect, it, onTestFinished } from 'vitest';
import { pipeIn, temporaryHome } from '../support/binary.ts';
import { ask, post } from '../support/http-service.ts';
import { startService } from '../support/service-process.ts';

function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

it('lets in whom a token was made for, each to their own, and nobody whose token was revoked', async () => {
  const home = await temporaryHome({ BELTALOWDA_OWNER_MAX_PER_MINUTE: '1' });
  onTestFinished(() => home.remove());
  home.env['BELTALOWDA_TOKENS_FILE'] = `${home.folder}/tokens.json`;
  const create = async (owner: string) => {
    const { code, stdout } = await pipeIn(home, '', ['token', 'create', '--owner', owner, '--json']);
    expect(code).toBe(0);
    return JSON.parse(stdout) as { readonly id: string; readonly token: string };
  };
  const [ann, bob] = [await create('ann'), await create('bob')];
  const service = await startService(home);
  const { url, child, stderr } = service;
  onTestFinished(() => void child.kill('SIGKILL'));

  expect((await ask(`${url}/workflows`)).status).toBe(401);
  const research = post({ task: 'What is a write-ahead log?' }, bearer(ann.token));
  const started = await ask(`${url}/tools/orchestrate_research`, research);
  expect(started.status).toBe(200);
  const path = `${url}/workflows/${String(started.body['task_id'])}`;
  expect((await ask(path, { headers: bearer(ann.token) })).status).toBe(200);
  expect((await ask(path, { headers: bearer(bob.token) })).status).toBe(404);

  const tooMany = await ask(`${url}/tools/orchestrate_research`, research);
  expect(tooMany).toMatchObject({ status: 429, body: { code: 'QUOTA_EXCEEDED' } });
  expect(Number(tooMany.headers.get('retry-after'))).toBeGreaterThan(0);

  expect((await pipeIn(home, '', ['token', 'revoke', ann.id])).code).toBe(0);
  // The service looks at the file once a second; the time limit of the test is the only one to this.
  while ((await ask(path, { headers: bearer(ann.token) })).status !== 401);
  expect((await ask(`${url}/workflows`, { headers: bearer(bob.token) })).status).toBe(200);
  expect(await service.stop('SIGTERM')).toMatchObject({ code: 0 });
  expect(stderr()).not.toMatch(/blt_[\w-]{43}/);
});

it('does not start with tokens that it cannot read', async () => {
  const home = await temporaryHome();
  onTestFinished(() => home.remove());
  home.env['BELTALOWDA_TOKENS_FILE'] = `${home.folder}/none.json`;
  await expect(startService(home)).rejects.toThrow(/CONFIG_INVALID: the file of tokens .*none\.json is not there/);
});
