import { readFile, stat } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/folder.ts';
import { run } from './run-command.ts';

const DAY_MS = 86_400_000;

let file = '';
beforeEach(async () => {
  file = `${await temporaryFolder()}/tokens.json`;
});

const token = (...words: readonly string[]) => run(['token', ...words], { env: { BELTALOWDA_TOKENS_FILE: file } });

async function made(...words: readonly string[]) {
  const { out } = await token('create', '--json', ...words);
  return JSON.parse(out) as Readonly<Record<'id' | 'token' | 'owner' | 'created_at' | 'expires_at', string>>;
}

describe('token create', () => {
  it('prints the token alone on standard output, tells the rest to the person, and keeps only its hash', async () => {
    const { exit, out, err } = await token('create', '--owner', 'alice');
    expect([exit, out]).toEqual([0, expect.stringMatching(/^blt_[\w-]{43}\n$/)]);
    expect(err).toContain('alice');
    expect(err).toContain('read, run');
    expect(err).not.toContain(out.trim());
    const kept = await readFile(file, 'utf8');
    expect(kept).not.toContain(out.trim());
    expect(kept).not.toContain(out.trim().slice(4));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('takes scopes and an end, and answers a script with one object', async () => {
    const entry = await made('--owner', 'ci', '--scope', 'read', '--scope', 'read', '--expires-days', '30');
    expect(entry).toMatchObject({ id: expect.stringMatching(/^tok_/), owner: 'ci', scopes: ['read'] });
    expect(entry).not.toHaveProperty('sha256');
    expect(Date.parse(entry.expires_at) - Date.parse(entry.created_at)).toBe(30 * DAY_MS);
  });

  it.each([
    [[], '--owner is missing'],
    [['--owner', ' '], '--owner must be'],
    [['--owner', 'a\u0007b'], 'owner'],
    [['--owner', 'a'.repeat(129)], '--owner must be'],
    [['--owner', 'a', '--scope', 'write'], '--scope must be'],
    [['--owner', 'a', '--expires-days', '0'], '--expires-days must be'],
  ])('with %o makes nothing and says what is wrong', async (words, message) => {
    const { exit, out, err } = await token('create', ...words);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(message);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('without a file says how to name one', async () => {
    const { exit, err } = await run(['token', 'create', '--owner', 'a']);
    expect(exit).toBe(2);
    expect(err).toContain('--tokens-file or BELTALOWDA_TOKENS_FILE');
  });
});

describe('token list and revoke', () => {
  it('shows whose they are and never what they are; a revoked one is gone', async () => {
    const [alice, bob] = [await made('--owner', 'alice'), await made('--owner', 'bob', '--scope', 'admin')];
    const { out } = await token('list');
    expect(out.split('\n').map((line) => line.split('\t'))).toEqual([
      [alice.id, 'read,run', alice.created_at, 'never', 'alice'],
      [bob.id, 'admin', bob.created_at, 'never', 'bob'],
      [''],
    ]);
    expect(await token('revoke', alice.id)).toMatchObject({ exit: 0, out: expect.stringContaining(alice.id) });
    const left = await token('list', '--json');
    expect(JSON.parse(left.out)).toMatchObject({ tokens: [{ id: bob.id, owner: 'bob', expired: false }] });
    expect(left.out).not.toContain('sha256');
  });

  it('with a wrong id names the one that comes near, and changes nothing', async () => {
    const { id } = await made('--owner', 'alice');
    const before = await readFile(file, 'utf8');
    const { exit, err } = await token('revoke', id.replace('tok_', 'tok-'));
    expect(exit).toBe(2);
    expect(err).toContain(`Did you mean ${id}?`);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('of a file that is not there, or of none yet, says so', async () => {
    expect(await token('list')).toMatchObject({ exit: 2, err: expect.stringContaining('CONFIG_INVALID') });
    const { id } = await made('--owner', 'alice');
    await token('revoke', id);
    expect(await token('list')).toMatchObject({ exit: 0, out: '', err: expect.stringContaining('none yet') });
  });
});
