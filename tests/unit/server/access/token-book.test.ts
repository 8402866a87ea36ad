import { execFile } from 'node:child_process';
import { chmod, chown, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hashOfToken, isTokenLike, newToken } from '../../../../src/server/access/token.ts';
import { TokenBook } from '../../../../src/server/access/token-book.ts';
import { changeTokens, newTokenId, readTokens, type TokenEntry } from '../../../../src/server/access/token-list.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const LOOK_MS = 1000;
const CHANGER = fileURLToPath(new URL('changer.ts', import.meta.url));

function entry(token: string, change: Partial<TokenEntry> = {}): TokenEntry {
  return {
    id: newTokenId(),
    owner: 'alice',
    scopes: ['read'],
    sha256: hashOfToken(token)?.toString('hex') ?? '',
    created_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
    ...change,
  };
}

async function opened(tokens: readonly TokenEntry[]) {
  const file = `${await temporaryFolder()}/tokens.json`;
  await changeTokens(file, () => tokens);
  const clock = new FakeClock();
  const warnings: string[] = [];
  const parts = { file, clock, warn: (_fields: object, message: string) => void warnings.push(message) };
  return { file, clock, warnings, book: await TokenBook.open(parts), parts };
}

test('a token has a form, and what has another is none', () => {
  const token = newToken();
  expect(token).toMatch(/^blt_[A-Za-z0-9_-]{43}$/);
  expect(newToken()).not.toBe(token);
  expect(isTokenLike(token)).toBe(true);
  expect(hashOfToken(token)).toHaveLength(32);
  for (const other of ['', 'blt_', 'hunter2', token.slice(0, -1), `${token}x`, `${token}\n`, token.toUpperCase()]) {
    expect(hashOfToken(other)).toBeNull();
  }
});

test('a token is known by its hash; an unknown, an expired and a foreign-looking one are not', async () => {
  const [mine, hers, late] = [newToken(), newToken(), newToken()];
  const soon = '2026-01-01T00:00:01+01:00';
  const { book, clock } = await opened([
    entry(mine, { owner: 'me', scopes: ['read', 'run'] }),
    entry(late, { expires_at: '2999-01-01T00:00:00.000Z' }),
    entry(hers, { owner: 'she', expires_at: soon }),
  ]);
  expect(await book.find(mine)).toMatchObject({ kind: 'found', entry: { owner: 'me', scopes: ['read', 'run'] } });
  expect(await book.find(late)).toMatchObject({ kind: 'found' });
  expect(clock.now()).toBeGreaterThan(Date.parse(soon));
  expect(await book.find(hers)).toEqual({ kind: 'expired' });
  expect(await book.find(newToken())).toEqual({ kind: 'unknown' });
  expect(await book.find('blt_short')).toEqual({ kind: 'unknown' });
});

test('what is revoked or added while the service runs counts a second later, not sooner and not never', async () => {
  const [old, fresh] = [newToken(), newToken()];
  const { book, file, clock } = await opened([entry(old)]);
  await changeTokens(file, () => [entry(fresh)]);
  expect(await book.find(old)).toMatchObject({ kind: 'found' });
  clock.jump(LOOK_MS);
  expect(await book.find(old)).toEqual({ kind: 'unknown' });
  expect(await book.find(fresh)).toMatchObject({ kind: 'found' });
  // A clock that was set back does not keep a revoked token alive.
  await changeTokens(file, () => []);
  clock.jump(-10 * LOOK_MS);
  expect(await book.find(fresh)).toEqual({ kind: 'unknown' });
});

test('a broken file leaves the last good one in force, is told of once, and the next good one counts', async () => {
  const token = newToken();
  const { book, file, clock, warnings } = await opened([entry(token)]);
  for (const broken of ['{ "tokens": [', '{"tokens": 1}', null]) {
    warnings.length = 0;
    if (broken === null) await rm(file);
    else await writeFile(file, broken);
    for (let look = 0; look < 3; look += 1) {
      clock.jump(LOOK_MS);
      expect(await book.find(token)).toMatchObject({ kind: 'found' });
    }
    expect(warnings).toEqual([expect.stringMatching(/the tokens read before stay in force$/)]);
  }
  await changeTokens(file, () => []);
  clock.jump(LOOK_MS);
  expect(await book.find(token)).toEqual({ kind: 'unknown' });
});

test('a file that others can read is told of, and used', async () => {
  const token = newToken();
  const { file, parts, warnings } = await opened([entry(token)]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
  await chmod(file, 0o644);
  const book = await TokenBook.open(parts);
  expect(warnings).toEqual([expect.stringContaining('mode 0644')]);
  expect(await book.find(token)).toMatchObject({ kind: 'found' });
});

const GOOD = entry(newToken());
const BROKEN: readonly (readonly [string, unknown, string])[] = [
  ['no JSON', 'secret{', 'is not JSON'],
  ['no list', {}, 'at tokens '],
  ['a word too many', { tokens: [{ ...GOOD, note: 'secret' }] }, 'at tokens[0] '],
  ['an unknown scope', { tokens: [GOOD, { ...GOOD, scopes: ['secret'] }] }, 'at tokens[1].scopes[0] '],
  ['no scope', { tokens: [{ ...GOOD, scopes: [] }] }, 'at tokens[0].scopes '],
  ['a token in the place of its hash', { tokens: [{ ...GOOD, sha256: 'blt_secret' }] }, 'at tokens[0].sha256 '],
  ['an owner without a name', { tokens: [{ ...GOOD, owner: ' ' }] }, 'at tokens[0].owner '],
  ['a time that is none', { tokens: [{ ...GOOD, expires_at: 'secret' }] }, 'at tokens[0].expires_at '],
  ['an id twice', { tokens: [GOOD, { ...GOOD, sha256: 'a'.repeat(64) }] }, 'at tokens[1].id repeats'],
  ['a token twice', { tokens: [GOOD, { ...GOOD, id: 'other' }] }, 'at tokens[1].sha256 repeats'],
];

test.each(BROKEN)(
  'a file with %s is refused with the place, and nothing of it is quoted',
  async (_what, json, place) => {
    const file = `${await temporaryFolder()}/tokens.json`;
    await writeFile(file, typeof json === 'string' ? json : JSON.stringify(json));
    const asked = readTokens(file);
    await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(asked).rejects.toThrow(place);
    await expect(asked).rejects.not.toThrow('secret');
    await expect(TokenBook.open({ file, clock: new FakeClock(), warn: () => undefined })).rejects.toThrow(place);
  },
);

test('a file that is not there is none to open, and one that is far too long is not read', async () => {
  const folder = await temporaryFolder();
  await expect(readTokens(`${folder}/none.json`)).rejects.toThrow('none.json is not there');
  await writeFile(`${folder}/long.json`, ' '.repeat(4 * 1024 * 1024 + 1));
  await expect(readTokens(`${folder}/long.json`)).rejects.toThrow('are read');
});

test('changes of several commands at once are all kept, and nothing is left beside the file', async () => {
  const folder = await temporaryFolder();
  const file = `${folder}/tokens.json`;
  const entries = Array.from({ length: 5 }, () => entry(newToken()));
  await Promise.all(entries.map((one) => changeTokens(file, (tokens) => [...tokens, one])));
  const kept = await readTokens(file);
  expect(kept.map(({ id }) => id).toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
  expect(await readdir(folder)).toEqual(['tokens.json']);
});

test('a link stays a link, permissions stay as they were, and a change that fails changes nothing', async () => {
  const folder = await temporaryFolder();
  const file = `${folder}/tokens.json`;
  await changeTokens(`${folder}/real.json`, () => [GOOD]);
  await chmod(`${folder}/real.json`, 0o640);
  await symlink(`${folder}/real.json`, file);
  await changeTokens(file, (tokens) => [...tokens, entry(newToken())]);
  expect(await readTokens(`${folder}/real.json`)).toHaveLength(2);
  expect((await stat(`${folder}/real.json`)).mode & 0o777).toBe(0o640);
  const before = await readFile(file, 'utf8');
  const failing = changeTokens(file, () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await readFile(file, 'utf8')).toBe(before);
  await rename(`${folder}/real.json`, `${folder}/away.json`);
  expect((await readdir(folder)).toSorted()).toEqual(['away.json', 'tokens.json']);
});

test('a change narrows no permission, whatever the umask', async () => {
  const file = `${await temporaryFolder()}/tokens.json`;
  await changeTokens(file, () => [GOOD]);
  await chmod(file, 0o666);
  await changeTokens(file, (tokens) => tokens);
  expect((await stat(file)).mode & 0o777).toBe(0o666);
});

// Nobody else may give a file away.
test.runIf(process.getuid?.() === 0)('a change leaves the file to its owner and group', async () => {
  const file = `${await temporaryFolder()}/tokens.json`;
  await changeTokens(file, () => [GOOD]);
  await chown(file, 12_345, 23_456);
  await changeTokens(file, (tokens) => [...tokens, entry(newToken())]);
  expect(await stat(file)).toMatchObject({ uid: 12_345, gid: 23_456 });
});

test.runIf(process.getuid?.() === 0)('who may not leave the file to its owner changes nothing', async () => {
  const folder = await temporaryFolder();
  const file = `${folder}/tokens.json`;
  await changeTokens(file, () => [GOOD]);
  await chmod(file, 0o644);
  await chmod(folder, 0o777);
  const nobody = { uid: 65_534, gid: 65_534 };
  const { stdout } = await promisify(execFile)(process.execPath, [CHANGER, file], nobody);
  expect(stdout).toMatch(/^CONFIG_INVALID: .* cannot be given back to its owner, user 0 and group 0 \(EPERM\)/);
  expect(await readTokens(file)).toEqual([GOOD]);
  expect(await readdir(folder)).toEqual(['tokens.json']);
});
