/**
 * What users install: the packed tarball, installed by npm into an empty folder. Versions come from our lockfile, so that
 * npm takes them from its cache, which `npm ci` has filled, and needs no network.
 */

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

const execute = promisify(execFile);

interface LockEntry {
  readonly version: string;
  readonly dev?: boolean;
  readonly bin?: object;
}

interface Lock {
  readonly packages: Record<string, LockEntry>;
}

/** A lockfile of an empty project that depends on the tarball, with the versions this repository was tested with. */
async function lockFor(tarball: string): Promise<object> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const { '': own, ...rest } = lock.packages;
  const runtime = Object.fromEntries(Object.entries(rest).filter(([, entry]) => entry.dev !== true));
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    bin: object;
    dependencies: object;
  };
  const dependencies = { beltalowda: `file:${tarball}` };
  const { bin, dependencies: needs } = manifest;
  const installed = { version: own?.version, resolved: `file:${tarball}`, bin, dependencies: needs };
  return {
    name: 'empty',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'empty', version: '1.0.0', dependencies },
      'node_modules/beltalowda': installed,
      ...runtime,
    },
  };
}

it(
  'installs from its tarball into an empty folder, researches through npx and serves stdio',
  { timeout: 180_000 },
  async () => {
    const folder = await temporaryFolder();
    const { stdout: packed } = await execute(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      {
        cwd: ROOT,
      },
    );
    const [{ filename } = { filename: '' }] = JSON.parse(packed) as { filename: string }[];
    const project = join(folder, 'project');
    await mkdir(project);
    const lock = await lockFor(`../${filename}`);
    await writeFiles(project, {
      'package.json': JSON.stringify({
        name: 'empty',
        version: '1.0.0',
        dependencies: { beltalowda: `file:../${filename}` },
      }),
      'package-lock.json': JSON.stringify(lock),
      'notes/answer.md': '# Harbour\n\nThe harbour of Esk was dredged in 1911 to a depth of nine metres.\n',
    });
    // Without any install script: nothing is compiled or fetched on the user's machine.
    await execute('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: project });

    const env = { ...process.env, BELTALOWDA_HOME: join(folder, 'home') };
    const research = ['beltalowda', 'research', 'When was the harbour of Esk dredged?', '--source', 'notes', '--quiet'];
    const { stdout: report } = await execute('npx', ['--no-install', ...research], { cwd: project, env });
    expect(report).toContain('The harbour of Esk was dredged in 1911 to a depth of nine metres.');
    expect(report).toContain('notes/answer.md:3');

    const link = join(folder, 'anywhere', 'bel');
    await mkdir(join(folder, 'anywhere'));
    await symlink(join(project, 'node_modules', '.bin', 'beltalowda'), link);
    const { stdout: listed } = await execute(link, ['list', '--ids'], { cwd: '/', env });
    expect(listed).toMatch(/^wf_\w{26}\n$/);
    const { stdout: told } = await execute(link, ['doctor', '--source', join(project, 'notes')], { cwd: '/', env });
    expect(told).toContain(join(project, 'node_modules', 'beltalowda', 'bin', 'beltalowda.js'));

    const served = execute('npx', ['--no-install', 'beltalowda'], { cwd: project, env });
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    served.child.stdin?.end(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`);
    const { stdout: answer } = await served;
    expect(JSON.parse(answer)).toMatchObject({ id: 1, result: { serverInfo: { name: 'beltalowda' } } });
  },
);

it('packs only what runs and what the README and its pages lead to, and stays small', async () => {
  const { stdout } = await execute('npm', ['pack', '--ignore-scripts', '--dry-run', '--json'], { cwd: ROOT });
  const [packed] = JSON.parse(stdout) as { size: number; unpackedSize: number; files: { path: string }[] }[];
  const unexpected = packed?.files
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^(dist\/.*\.js$|bin\/|docs\/|ops\/|README|LICENSE|CHANGELOG|package\.json|beltalowda\.config\.schema\.json)/.test(
          path,
        ),
    );
  expect(unexpected).toEqual([]);
  expect(packed?.files.length).toBeGreaterThan(50);
  // As the README says: about three quarters of a megabyte packed; two and a half unpacked.
  expect(packed?.size).toBeLessThan(850_000);
  expect(packed?.unpackedSize).toBeLessThan(2_700_000);
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const links = Array.from(readme.matchAll(/\]\((?!https?:)([^)#]+)/g), (match) => match[1] ?? '');
  const leadsNowhere = links.filter(
    (link) => !packed?.files.some(({ path }) => path === link || path.startsWith(link)),
  );
  expect(links.length).toBeGreaterThan(3);
  expect(leadsNowhere).toEqual([]);
});
