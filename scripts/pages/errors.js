// docs/errors.md: the catalogue of errors, in its own order.
import { CATALOGUE } from '../../src/core/errors.ts';

const entries = Object.entries(CATALOGUE).map(([code, { meaning, hint, retryable, exit }]) => {
  const repeat = retryable
    ? 'The same call can succeed later.'
    : 'The same call fails again until something is changed.';
  return `## \`${code}\`\n\n${meaning}\n\n${hint}\n\n${repeat} Exit code on the command line: ${exit}.`;
});

const text = `${[
  '# Errors',
  'Made from the catalogue in `src/core/errors.ts` by `npm run docs`; do not edit.',
  'Every error has one of these codes. Over MCP it is a result with `isError`; `structuredContent.error` holds `code`, `message` (what was wrong, and where), `hint` (what to do) and `retryable`. On the command line the message and the hint go to standard error. A hint may be more exact than the one given here.',
  ...entries,
].join('\n\n')}\n`;

/** @type {import('../docs.js').Page} */
export const ERRORS = { path: 'docs/errors.md', text, told: `${entries.length} codes` };
