import { mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { resolveSources } from '../../../src/orchestrator/sources.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const REMOTE = { owner: 'local', trusted: false };
const LOCAL = { owner: 'local', trusted: true };

/** `root` is allowed, `secret` beside it is not. */
async function tree(): Promise<{ folder: string; root: string }> {
  const folder = await temporaryFolder();
  await writeFiles(folder, {
    'root/docs/a.md': 'a',
    'root/docs/deep/b.md': 'b',
    'root2/c.md': 'c',
    'secret/s.md': 's',
  });
  return { folder, root: join(folder, 'root') };
}

describe('over MCP', () => {
  test('all allowed roots are searched when none is named', async () => {
    const { folder, root } = await tree();
    const other = join(folder, 'root2');
    expect(await resolveSources([], REMOTE, [other, root])).toEqual([
      { path: root, label: 'root' },
      { path: other, label: 'root2' },
    ]);
    expect(await resolveSources(undefined, REMOTE, [root])).toEqual([{ path: root, label: 'root' }]);
  });

  test('a root that is missing spoils nothing for the others', async () => {
    const { folder, root } = await tree();
    const gone = join(folder, 'gone');
    const docs = { path: join(root, 'docs'), label: 'docs' };
    expect(await resolveSources(['docs'], REMOTE, [gone, root])).toEqual([docs]);
    expect((await resolveSources([], REMOTE, [gone, root])).map(({ path }) => path)).toEqual([gone, root]);
    await expect(resolveSources([], REMOTE, [gone])).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  test('a link that leads out of one root does not hide the same name in another', async () => {
    const { folder, root } = await tree();
    const other = join(folder, 'root2');
    await symlink(join(folder, 'secret'), join(other, 'docs'));
    expect(await resolveSources(['docs'], REMOTE, [other, root])).toEqual([
      { path: join(root, 'docs'), label: 'docs' },
    ]);
  });

  test('a path below a root may be named, absolute or from the root, a file too', async () => {
    const { folder, root } = await tree();
    const docs = join(root, 'docs');
    for (const named of ['docs', docs, `${docs}/`, 'docs/../docs', './docs']) {
      expect(await resolveSources([named], REMOTE, [join(folder, 'root2'), root])).toEqual([
        { path: docs, label: 'docs' },
      ]);
    }
    expect(await resolveSources(['docs/a.md'], REMOTE, [root])).toEqual([{ path: join(docs, 'a.md'), label: 'a.md' }]);
    expect(await resolveSources([root], REMOTE, [root])).toEqual([{ path: root, label: 'root' }]);
  });

  test('a link inside the root is followed, a root that is a link is its target', async () => {
    const { folder, root } = await tree();
    await symlink(join(root, 'docs'), join(root, 'link'));
    await symlink(root, join(folder, 'alias'));
    const docs = { path: join(root, 'docs'), label: 'docs' };
    expect(await resolveSources(['link'], REMOTE, [root])).toEqual([docs]);
    expect(await resolveSources(['docs'], REMOTE, [join(folder, 'alias')])).toEqual([docs]);
    expect(await resolveSources([join(folder, 'alias/docs')], REMOTE, [join(folder, 'alias')])).toEqual([docs]);
  });

  test('nothing leads out: not `..`, not an absolute path, not a link, not a name that only begins alike', async () => {
    const { folder, root } = await tree();
    await symlink(join(folder, 'secret'), join(root, 'escape'));
    await symlink(join(folder, 'secret/s.md'), join(root, 'docs/s.md'));
    const outside = [
      '../secret',
      '..',
      'docs/../../secret',
      join(folder, 'secret'),
      '/',
      '/etc/passwd',
      join(folder, 'root2'),
    ];
    for (const named of [...outside, 'escape', 'escape/s.md', 'docs/s.md']) {
      await expect(resolveSources([named], REMOTE, [root])).rejects.toMatchObject({
        code: 'SOURCE_NOT_ALLOWED',
      });
    }
  });

  test('whether something outside exists is not told', async () => {
    const { folder, root } = await tree();
    const told = (named: string): Promise<unknown> =>
      resolveSources([named], REMOTE, [root]).catch((thrown: Error) => thrown.message.replace(named, ''));
    expect(await told(join(folder, 'secret'))).toBe(await told(join(folder, 'nowhere')));
  });

  test('what is missing is told as missing', async () => {
    const { root } = await tree();
    await symlink(join(root, 'gone'), join(root, 'dangling'));
    for (const named of ['nowhere', 'docs/a.md/x', join(root, 'nowhere'), 'dangling']) {
      await expect(resolveSources([named], REMOTE, [root])).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    }
    await expect(resolveSources([], REMOTE, [join(root, 'nowhere')])).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
  });

  test('what is no path is told as such', async () => {
    const { root } = await tree();
    for (const named of ['https://example.org/a', 'FILE:///etc/passwd']) {
      await expect(resolveSources([named], REMOTE, [root])).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    }
    for (const named of ['', '  ', 'a\0b']) {
      await expect(resolveSources([named], REMOTE, [root])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  test('without roots there is nothing to research, and no path to name', async () => {
    const { root } = await tree();
    await expect(resolveSources([], REMOTE, [])).rejects.toMatchObject({ code: 'NO_SOURCES' });
    await expect(resolveSources([root], REMOTE, [])).rejects.toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
  });
});

describe('on the command line', () => {
  test('what the user names is allowed, from the working directory too', async () => {
    const { folder, root } = await tree();
    const secret = { path: join(folder, 'secret'), label: 'secret' };
    expect(await resolveSources([secret.path], LOCAL, [root])).toEqual([secret]);
    expect(await resolveSources([relative(process.cwd(), secret.path)], LOCAL, [])).toEqual([secret]);
    await expect(resolveSources(['nowhere at all'], LOCAL, [])).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  test('the same place twice, and places inside another, are one', async () => {
    const { root } = await tree();
    const docs = join(root, 'docs');
    await symlink(docs, join(root, 'link'));
    expect(await resolveSources([docs, join(root, 'link'), join(docs, 'deep'), join(docs, 'a.md')], LOCAL, [])).toEqual(
      [{ path: docs, label: 'docs' }],
    );
  });

  test('labels are distinct, and as short as that allows', async () => {
    const folder = await temporaryFolder();
    for (const path of ['x/one/docs', 'y/one/docs', 'z/docs', 'z/notes'])
      await mkdir(join(folder, path), { recursive: true });
    const paths = ['x/one/docs', 'y/one/docs', 'z/docs', 'z/notes'].map((path) => join(folder, path));
    const labels = (await resolveSources(paths, LOCAL, [])).map(({ label }) => label);
    expect(labels).toEqual(['x/one/docs', 'y/one/docs', 'z/docs', 'notes']);
    expect((await resolveSources(['/'], LOCAL, []))[0]).toEqual({ path: '/', label: '/' });
  });
});
