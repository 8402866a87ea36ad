import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const SRC = new URL('../../../src/', import.meta.url);

/** Files and packages that come along as soon as a file is imported; types and later imports left out. */
function loadedWith(file: URL, met: Set<string> = new Set<string>()): ReadonlySet<string> {
  if (met.has(file.href)) return met;
  met.add(file.href);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:im|ex)port ([^;]*?)from '([^']+)';/gmsu);
  for (const [, names = '', from = ''] of imports) {
    if (names.startsWith('type ')) continue;
    if (from.startsWith('.')) loadedWith(new URL(from, file), met);
    else met.add(from);
  }
  return met;
}

it('brings nothing along where nobody watches', () => {
  const loaded = [...loadedWith(new URL('telemetry/telemetry.ts', SRC))].map((each) => each.replace(SRC.href, ''));
  expect(loaded.filter((each) => !each.startsWith('core/'))).toEqual(['telemetry/telemetry.ts']);
});

it('loads the library of numbers for numbers alone', () => {
  expect([...loadedWith(new URL('telemetry/metrics.ts', SRC))]).toContain('prom-client');
  expect([...loadedWith(new URL('telemetry/traces.ts', SRC))]).not.toContain('prom-client');
});

it('is no part of what every process loads', () => {
  const loaded = [...loadedWith(new URL('main.ts', SRC)), ...loadedWith(new URL('node.ts', SRC))];
  expect(loaded.filter((each) => each.startsWith(new URL('telemetry/', SRC).href))).toEqual([]);
});
