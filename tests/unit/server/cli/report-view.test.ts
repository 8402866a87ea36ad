import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../../src/server/cli/report-view.ts';
import { width } from '../../../../src/server/cli/width.ts';

const REPORT = `# How *databases* survive

A commit is **durable** once its log is synced [1], as \`fsync\` [says](https://x.example) so.[2][3]

> The journal is written first, and only then
> are the pages of the database changed.

## Sources

1. Journal, notes/wal.md:12 and many other places that do not fit into the line
2. Second
   - nested point

---

| Name | Value |
| --- | --- |
| 日本 | 1 |

\`\`\`
code  stays   as it is
\`\`\`

![picture](p.png) <b>x</b>
`;

const plain = (markdown: string, cells = 60) => renderReport(markdown, { width: cells, color: false, unicode: true });

describe('renderReport', () => {
  it('lays a report out for reading', async () => {
    expect(await plain(REPORT)).toBe(`How databases survive

A commit is durable once its log is synced [1], as fsync
says (https://x.example) so.[2][3]

  │ The journal is written first, and only then are the
  │ pages of the database changed.

Sources

  1. Journal, notes/wal.md:12 and many other places that do
     not fit into the line
  2. Second
       • nested point

${'─'.repeat(59)}

Name │ Value
日本 │ 1${' '.repeat(4)}

    code  stays   as it is

picture <b>x</b>
`);
  });

  it('sets headings, strong words and marks off by colour', async () => {
    const shown = await renderReport(REPORT, { width: 60, color: true, unicode: true });
    expect(shown).toContain('\u001B[1m\u001B[4mHow databases survive\u001B[24m\u001B[22m');
    expect(shown).toContain('\u001B[1m\u001B[36mSources\u001B[39m\u001B[22m');
    expect(shown).toContain('\u001B[1mdurable\u001B[22m');
    expect(shown).toContain('\u001B[36m[2][3]\u001B[39m');
    expect(stripVTControlCharacters(shown)).toBe(await plain(REPORT));
  });

  it('keeps within the window, and within what can be read', async () => {
    for (const cells of [30, 60, 200]) {
      const lines = (await plain(REPORT, cells)).split('\n');
      expect(Math.max(...lines.map((line) => width(line)))).toBeLessThanOrEqual(Math.min(cells, 97));
    }
  });

  it('turns a table that does not fit into paragraphs', async () => {
    const shown = await plain(`| a | b |\n| - | - |\n| ${'long words '.repeat(9)} | x |`, 40);
    expect(shown.split('\n').every((line) => width(line) < 40)).toBe(true);
    expect(shown).toContain('│ x');
  });

  it('lines the numbers of a long list up', async () => {
    const shown = await plain(Array.from({ length: 10 }, (_, index) => `${index + 1}. item`).join('\n'));
    expect(shown).toContain('   9. item\n  10. item\n');
  });

  it('gives a list of sources its marks for numbers, lined up', async () => {
    const sources = Array.from(
      { length: 10 },
      (_, index) => `- [${index + 1}] Title: a/b.md:${index}, 20, 30, 40, 50, 60`,
    );
    const shown = await plain(sources.join('\n'), 40);
    expect(shown).toContain('   [9] Title: a/b.md:8, 20, 30, 40, 50,\n       60\n  [10] Title');
    expect(await plain('- [1] a\n- b\n')).toBe('  • [1] a\n  • b\n');
  });

  it('lets no quoted document steer the terminal', async () => {
    const shown = await plain('# a\u001B[2J\n\nb\u0007 `c\u009B` [d](x\u001Bz)\n\n```\ne\u001B\n```\n');
    expect(stripVTControlCharacters(shown)).toBe(shown);
    expect(shown).not.toContain('\u0007');
  });

  it('draws quotes and lists in ASCII where nothing else can be shown', async () => {
    expect(await renderReport('> q\n\n- b\n', { width: 40, color: false, unicode: false })).toBe('  | q\n\n  - b\n');
  });
});
