import { readFileSync } from 'node:fs';
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
