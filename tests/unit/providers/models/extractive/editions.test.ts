import { describe, expect, it } from 'vitest';
import { areVersions } from '../../../../../src/providers/models/extractive/versions.ts';
import { source } from './claims.ts';
import { asked, composed, shelves } from './corpus.ts';

const shelve = shelves();

function guide(year: number, text: string): string {
  return `---\ntitle: Lock keeper's guide\ndate: ${year}-01-01\n---\n\n# Lock keeper's guide\n\n## Gates\n\n${text}\n`;
}

function tariffs(year: number, text: string): string {
  return `---\ntitle: Tariffs\ndate: ${year}-01-01\n---\n\n# Tariffs\n\n## Cars\n\n${text}\n`;
}

function january(count: number): string {
  return `# Visitors\n\nIn January ${count} visitors came to the museum.\n`;
}

describe('editions of a document', () => {
  it('take the sentence of the newer one, whose words fit the question less', async () => {
    const shelf = await shelve({
      'guide-2019.md': guide(2019, 'A jammed gate must be freed by the keeper within 40 minutes.'),
      'guide-2024.md': guide(2024, 'The keeper has to free a gate that is stuck within 25 minutes.'),
    });
    const report = await composed(shelf, 'Within how many minutes must a jammed gate be freed?');
    expect(report).toContain('summary: The keeper has to free a gate that is stuck within 25 minutes.');
    expect(report).not.toMatch(/(?:summary|Findings): .*40 minutes/);
    await shelf.close();
  });

  it('keep what only the older one says apart from what holds', async () => {
    const shelf = await shelve({
      'guide-2019.md': guide(2019, 'The paddles of the upper gate are greased with tallow every 6 weeks.'),
      'guide-2024.md': guide(2024, 'Visitors sign the book.'),
    });
    const report = await composed(shelf, 'How often are the paddles of the upper gate greased?');
    expect(report).toBe(
      'In older editions of these documents: The paddles of the upper gate are greased with tallow every 6 weeks.',
    );
    await shelf.close();
  });

  it('leave the older one as it is when the task asks for its year', async () => {
    const shelf = await shelve({
      'guide-2019.md': guide(2019, 'A jammed gate must be freed by the keeper within 40 minutes.'),
      'guide-2024.md': guide(2024, 'A jammed gate must be freed by the keeper within 25 minutes.'),
    });
    const { claims } = await asked(shelf, 'Within how many minutes had a jammed gate to be freed in 2019?');
    expect(claims.map(({ text }) => text)).toContain('A jammed gate must be freed by the keeper within 40 minutes.');
    await shelf.close();
  });

  it('are told from two reports that share a kind of name', () => {
    const a = source('s1', {
      location: 'reports/accident-2021-03-02.md',
      title: 'Accident report: broken boom at pier 4',
    });
    const b = source('s2', { location: 'reports/accident-2023-08-19.md', title: 'Accident report: fire in the mill' });
    expect(areVersions(a, b)).toBe(false);
  });
});

describe('a part of the year that the task names', () => {
  it('is no reason to take an older edition for the one that holds', async () => {
    const shelf = await shelve({
      'tariffs-2024.md': tariffs(2024, 'A car costs 20 euros in August.'),
      'tariffs-2025.md': tariffs(2025, 'The fare of a car is 26 euros, August included.'),
    });
    const report = await composed(shelf, 'What does a car cost in August?');
    expect(report).toContain('summary: The fare of a car is 26 euros, August included.');
    expect(report).not.toMatch(/(?:summary|Findings): .*20 euros/);
    await shelf.close();
  });

  it('is not read into the number of a part', async () => {
    const shelf = await shelve({
      'guide-2019.md': guide(
        2019,
        'A gate of type 4711-20 that is jammed must be freed by the keeper within 40 minutes.',
      ),
      'guide-2024.md': guide(2024, 'The keeper has to free a gate of type 4711-20 that is stuck within 25 minutes.'),
    });
    const report = await composed(shelf, 'Within how many minutes must a jammed gate of type 4711-20 be freed?');
    expect(report).toMatch(/^summary: The keeper .* within 25 minutes\./u);
    expect(report).not.toMatch(/(?:summary|Findings): .*40 minutes/);
    await shelf.close();
  });

  it.each([
    [
      ['visitors-2024-01', 'in January'],
      ['visitors-2024-02', 'in February'],
    ],
    [
      ['visitors-week-11', 'in week 11'],
      ['visitors-week-12', 'in week 12'],
    ],
    [
      ['visitors-2024-Q1', 'in the first quarter'],
      ['visitors-2024-Q2', 'in the second quarter'],
    ],
  ] as const)('makes of %j no older edition of %j', async ([first, then], [second, later]) => {
    const shelf = await shelve({
      [`${first}.md`]: `---\ndate: 2024-03-15\n---\n\n# Visitors\n\n812 visitors came ${then}.\n`,
      [`${second}.md`]: `---\ndate: 2024-03-22\n---\n\n# Visitors\n\n640 visitors came ${later}.\n`,
    });
    const report = await composed(shelf, `How many visitors came ${then}?`);
    expect(report).toMatch(/^summary: 812 visitors/u);
    expect(report).not.toContain('conflict');
    await shelf.close();
  });

  it('takes the report on the same part of a later year for the newer edition', async () => {
    const shelf = await shelve({ 'visitors-2024-01.md': january(812), 'visitors-2025-01.md': january(813) });
    const text = await composed(shelf, 'How many visitors came to the museum in January?');
    expect(text).toContain('summary: In January 813 visitors came to the museum.');
    expect(text).not.toMatch(/(?:summary|Findings): .*812 visitors/);
    await shelf.close();
  });
});
