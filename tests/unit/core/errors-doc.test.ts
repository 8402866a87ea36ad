import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CATALOGUE, type ErrorCode } from '../../../src/core/errors.ts';

const PAGE = new URL('../../../docs/errors.md', import.meta.url).pathname;

function page(): string {
  const entries = (Object.keys(CATALOGUE) as ErrorCode[]).map((code) => {
    const { meaning, hint, retryable, exit } = CATALOGUE[code];
    const repeat = retryable
      ? 'The same call can succeed later.'
      : 'The same call fails again until something is changed.';
    return `## \`${code}\`\n\n${meaning}\n\n${hint}\n\n${repeat} Exit code on the command line: ${exit}.`;
  });
  return `${[
    '# Errors',
    'Made from the catalogue in `src/core/errors.ts` by `npx vitest run tests/unit/core/errors-doc.test.ts -u`; do not edit.',
    'Every error has one of these codes. Over MCP it is a result with `isError`; `structuredContent.error` holds `code`, `message` (what was wrong, and where), `hint` (what to do) and `retryable`. On the command line the message and the hint go to standard error. A hint may be more exact than the one given here.',
    ...entries,
  ].join('\n\n')}\n`;
}

test('docs/errors.md is what the catalogue says', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE);
});

test('every code has its place in docs/errors.md, and nothing else has', async () => {
  const written = await readFile(PAGE, 'utf8');
  const headings = Array.from(written.matchAll(/^## `(.+)`$/gm), (match) => match[1]);
  expect(headings).toEqual(Object.keys(CATALOGUE));
});
