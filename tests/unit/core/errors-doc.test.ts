import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../src/core/errors.ts';

const PAGE = new URL('../../../docs/errors.md', import.meta.url).pathname;

test('every code has its place in docs/errors.md, and nothing else has', async () => {
  const written = await readFile(PAGE, 'utf8');
  const headings = Array.from(written.matchAll(/^## `(.+)`$/gm), (match) => match[1]);
  expect(headings).toEqual(Object.keys(CATALOGUE));
});
