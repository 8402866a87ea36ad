import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../../../../src/providers/tools/documents/parsers/markdown.ts';
import { readFrontMatter } from '../../../../../../src/providers/tools/documents/parsers/front-matter.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

describe('Markdown', () => {
  const text = fixtureText('everything.md');
  const body = parseMarkdown(text);
  const passages = seen(body);
  const find = (start: string) => passages.find((passage) => passage.words.startsWith(start));

  it('stores the file unchanged and keeps the promises of a layout', () => {
    expect(body.text).toBe(text);
    expect(brokenPromises(body)).toEqual([]);
  });

  it('takes title and date from the front matter and shows none of it', () => {
    expect(body).toMatchObject({ title: 'Everything in one file', date: '2024-05-06', format: 'markdown' });
    expect(passages.some((passage) => passage.words.includes('title:'))).toBe(false);
  });

  it('hides emphasis, code marks, link targets, images, escapes and footnote marks', () => {
    expect(find('A paragraph')).toEqual({
      place: 8,
      heading: 'Everything',
      words: 'A paragraph with bold , italic , code , a link and an and an escaped * star .',
    });
  });

  it('reads lists with nested items, and quotes, without their markers', () => {
    expect(find('First item')).toEqual({
      place: 13,
      heading: 'Everything › Lists',
      words:
        'First item with enough words to be read. Second item nested item done item One Two A quoted sentence that goes over two lines.',
    });
  });

  it('gives one passage for each table row, under the column names', () => {
    const rows = passages.filter((passage) => passage.heading === 'Everything › Table › Mode, Cost');
    expect(rows.map(({ place, words }) => [place, words])).toEqual([
      [28, 'FULL | 3 ms'],
      [29, 'NORMAL | 1 ms'],
    ]);
  });

  it('gives fenced code as one passage that begins on its first line', () => {
    expect(find('SELECT 1')).toEqual({ place: 34, heading: 'Everything › Code', words: 'SELECT 1; SELECT 2;' });
  });

  it('shows text inside HTML, and neither tags nor comments nor link definitions', () => {
    expect(find('More')?.words).toBe('More Inside the details.');
    expect(passages.some((passage) => /comment nobody|example\.org|<|>/u.test(passage.words))).toBe(false);
  });

  it('knows setext headings and reads the footnote', () => {
    expect(find('Text under')).toMatchObject({ place: 49, heading: 'Everything › Setext heading' });
    expect(find('Text under')?.words).toContain('The footnote text.');
  });

  it('names the document by its first heading when there is no front matter', () => {
    expect(parseMarkdown('Intro words.\n\n## Later\n\nText.').title).toBeNull();
    expect(parseMarkdown('## First\n\nText.').title).toBe('First');
    expect(parseMarkdown('Intro words.\n\n# Main *title*\n\nText.').title).toBe('Main title');
  });

  it('takes import lines of MDX and rules between paragraphs for markup', () => {
    const mdx = parseMarkdown("import { Chart } from './chart'\n\nReal words.\n\n***\n\nMore words.");
    expect(seen(mdx).map((passage) => passage.words)).toEqual(['Real words. More words.']);
  });

  it('reads indented code and an unclosed fence', () => {
    expect(seen(parseMarkdown('Words.\n\n    indented code here\n')).map(({ words }) => words)).toContain(
      'indented code here',
    );
    expect(seen(parseMarkdown('```\nnever closed'))).toEqual([{ place: 2, heading: null, words: 'never closed' }]);
  });

  it('hides every kind of link and break, and no mark of what is struck out', () => {
    const links = parseMarkdown(
      'See [the text][ref], <https://a.example> and ![pic][ref] [](empty)  \nnext ~~old~~.\n\n[ref]: /hidden\n',
    );
    expect(seen(links).map(({ words }) => words)).toEqual(['See the text , https://a.example and next ~~old~~.']);
  });

  it('reads a list whose items hold more than paragraphs block by block', () => {
    const list = parseMarkdown('- Install it:\n\n  ```sh\n  run this\n  ```\n\n- Done.\n');
    expect(seen(list).map(({ place, words }) => [place, words])).toEqual([
      [1, 'Install it:'],
      [4, 'run this'],
      [7, 'Done.'],
    ]);
  });
});

const section = (n: number): string =>
  `## Section ${n}\n\nSome **bold** words and a [link](https://example.org/${n}) in part ${n}.\n\n- item ${n}\n\n` +
  `| Name | Size |\n|---|---|\n| row | **${n}** |\n\n\`\`\`js\nrun(${n});\n\`\`\`\n\n`;

describe('Markdown too large or too deep for a syntax tree', () => {
  it('is read line by line with the same conventions', () => {
    const text = `---\ntitle: Big\n---\n# Top\n\n${Array.from({ length: 4000 }, (_, n) => section(n)).join('')}`;
    expect(text.length).toBeGreaterThan(400_000);
    const body = parseMarkdown(text);
    expect(body.title).toBe('Big');
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body).slice(0, 4)).toEqual([
      { place: 8, heading: 'Top › Section 0', words: 'Some bold words and a link in part 0. item 0' },
      { place: 14, heading: 'Top › Section 0 › Name, Size', words: '| row | 0 |' },
      { place: 17, heading: 'Top › Section 0', words: 'run(0);' },
      { place: 22, heading: 'Top › Section 1', words: 'Some bold words and a link in part 1. item 1' },
    ]);
  });

  it('ends in time on one line of five megabytes and on quotes nested without end', () => {
    const line = parseMarkdown('The commit waits for the disk to answer. '.repeat(125_000));
    expect(brokenPromises(line)).toEqual([]);
    expect(line.layout.passages.length).toBeGreaterThan(4000);
    expect(seen(parseMarkdown(`${'>'.repeat(50_000)} deep words`)).length).toBeGreaterThan(0);
  }, 20_000);

  it('takes its title from the first heading and its code to the end when a fence stays open', () => {
    const body = parseMarkdown(`# Title *here*\n\n${'x'.repeat(30_000)}\n\n~~~\nlast words`);
    expect(body.title).toBe('Title here');
    expect(seen(body).at(-1)?.words).toBe('last words');
  });
});

describe('front matter', () => {
  it('reads TOML, quotes and the newest of several dates', () => {
    expect(readFrontMatter("+++\ntitle = 'A title'\ndate = 2020-01-01\nlastmod = 2021-02\n+++\nBody")).toEqual({
      length: 62,
      title: 'A title',
      date: '2021-02',
    });
  });

  it('is not a rule followed by text and headings', () => {
    expect(readFrontMatter('---\n# Heading\n---\n').length).toBe(0);
    expect(readFrontMatter('No matter').length).toBe(0);
  });
});
