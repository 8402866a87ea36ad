import { describe, expect, it } from 'vitest';
import { extractiveModel } from '../../../../../src/providers/models/extractive/extractive.ts';
import { areVersions } from '../../../../../src/providers/models/extractive/versions.ts';
import { source } from './claims.ts';
import { asked, type Shelf, shelve } from './corpus.ts';

function guide(year: number, text: string): string {
  return `---\ntitle: Lock keeper's guide\ndate: ${year}-01-01\n---\n\n# Lock keeper's guide\n\n## Gates\n\n${text}\n`;
}

async function composed(shelf: Shelf, task: string): Promise<string> {
  const { claims } = await asked(shelf, task);
  const composition = await extractiveModel().compose({
    task,
    shape: 'fact',
    objectives: [{ agent_id: 'belter-1', objective: task }],
    claims,
    conflicts: [],
    sources: shelf.corpus.sources,
    signal: new AbortController().signal,
  });
  const textOf = (id: string): string => claims.find(({ claim_id }) => claim_id === id)?.text ?? '';
  return [
    ...composition.summary.map((id) => `summary: ${textOf(id)}`),
    ...composition.sections.flatMap(({ heading, claims: ids }) => ids.map((id) => `${heading}: ${textOf(id)}`)),
  ].join('\n');
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

  it('take the latest entry of a log of changes', async () => {
    const shelf = await shelve({
      'changes.md':
        '# Changes of the crane\n\n## 2.4.0 (3 May 2024)\n\n- The hook of the crane may now carry up to 900 kg in one lift.\n\n' +
        '## 2.1.0 (9 June 2022)\n\n- The hook of the crane may now carry up to 600 kg.\n',
    });
    const { claims } = await asked(shelf, 'How much may the hook of the crane carry?');
    expect(claims.map(({ text }) => text)).toEqual(['The hook of the crane may now carry up to 900 kg in one lift.']);
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

describe('periods and entries', () => {
  it.each(['How much did the cash box hold on 12 March 2024?', 'How much did the cash box hold in March?'])(
    'an entry asked for by its time is not taken over by the latest: %s',
    async (task) => {
      const shelf = await shelve({
        'minutes.md':
          '# Minutes of the lock club\n\n## 12 March 2024\n\nThe cash box held 412 euros.\n\n## 9 April 2024\n\nThe cash box held 655 euros.\n',
      });
      expect((await asked(shelf, task)).claims.map(({ text }) => text)).toContain('The cash box held 412 euros.');
      await shelf.close();
    },
  );

  it('minutes are no log of changes: each entry holds for its day', async () => {
    const shelf = await shelve({
      'gauge.md':
        '# Gauge at the upper lock\n\n## 2024-05-03\n\nThe highest level of the day was 4.2 m.\n\n## 2024-06-11\n\nThe highest level of the day was 3.1 m.\n',
    });
    const { claims } = await asked(shelf, 'What was the highest level ever at the upper lock?');
    expect(claims.map(({ text }) => text)).toContain('The highest level of the day was 4.2 m.');
    await shelf.close();
  });

  it('a report on one month is no older edition of that on the next', async () => {
    const shelf = await shelve({
      'visitors-2024-01.md': '---\ndate: 2024-01-31\n---\n\n# Visitors\n\n812 visitors came in January.\n',
      'visitors-2024-02.md': '---\ndate: 2024-02-29\n---\n\n# Visitors\n\n640 visitors came in February.\n',
    });
    expect(await composed(shelf, 'How many visitors came in January?')).toMatch(/^summary: 812 visitors/u);
    await shelf.close();
  });

  it('a field of an inner object is not said of the outer one', async () => {
    const shelf = await shelve({
      'tank.json': JSON.stringify(
        {
          name: 'Alder tank',
          valves: [
            { name: 'inlet valve', pressure_bar: 6 },
            { name: 'outlet valve', pressure_bar: 9 },
          ],
        },
        null,
        2,
      ),
    });
    const { claims } = await asked(shelf, 'What is the pressure of the outlet valve?');
    expect(claims.map(({ text }) => text)).not.toContain('name: Alder tank; pressure_bar: 6');
    expect(claims[0]?.text).toBe('name: outlet valve; pressure_bar: 9');
    await shelf.close();
  });
});
