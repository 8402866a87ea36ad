import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { expect, it } from 'vitest';

const DOOR = new URL('../../../../../src/providers/tools/web/web.ts', import.meta.url);

/** Packages that come along as soon as a file is imported: through what it imports itself, types and later imports left out. */
function packagesOf(file: URL, met: Set<string> = new Set<string>()): ReadonlySet<string> {
  if (met.has(file.href)) return met;
  met.add(file.href);
  for (const [, names = '', from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:im|ex)port ([^;]*?)from '([^']+)';/gmsu,
  )) {
    if (names.startsWith('type ')) continue;
    if (from.startsWith('.')) packagesOf(new URL(from, file), met);
    else met.add(from);
  }
  return met;
}

it('brings along nothing heavy before a tool is first used', () => {
  const packages = [...packagesOf(DOOR)].filter((each) => !each.startsWith('file:'));
  expect(packages).toEqual(['zod']);
  expect([...packagesOf(new URL('open-web.ts', DOOR))]).toEqual(expect.arrayContaining(['undici', 'ipaddr.js']));
});

it('loads in a plain process, where packages give their names as they really do', () => {
  const files = ['web.ts', 'open-web.ts', 'read-body.ts', 'search/arxiv.ts', 'search/brave.ts', 'search/searxng.ts'];
  const imports = files.map((file) => `await import(${JSON.stringify(new URL(file, DOOR).href)});`).join('\n');
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', `${imports}\nconsole.log('loaded');`]);
  expect(said.toString()).toBe('loaded\n');
});
