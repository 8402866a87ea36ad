import { describe, expect, it } from 'vitest';
import type { SourceFormat } from '../../../../../src/core/source.ts';
import { type Candidate, candidatesOf } from '../../../../../src/providers/models/extractive/candidates.ts';
import { asked, shelves } from './corpus.ts';

const shelve = shelves();

function read(raw: string, format: SourceFormat, heading = ''): readonly Candidate[] {
  const text = raw.replaceAll('\n', ' ');
  const hit = { source_id: 's1', start: 0, end: raw.length, text, raw, heading, location: 'a:1', score: 1 };
  return candidatesOf(hit, format);
}

describe('candidates of several units', () => {
  it('offer a sentence that points back within together with the one before it', () => {
    const raw = 'The six bolts of the flange are made of brass. Turn them crosswise to 90 Nm.';
    const pairs = read(raw, 'markdown').filter(({ pair }) => pair === 'sentences');
    expect(pairs.map(({ text }) => text)).toEqual([raw]);
  });

  it('offer a comment together with the line of code right below it', () => {
    const raw = '# A letter is carried out at most so often.\nMOST_ROUNDS = 9\n\nOTHER = 1\n';
    const pairs = read(raw, 'code').filter(({ pair }) => pair === 'comment');
    expect(pairs.map(({ text }) => text)).toEqual(['A letter is carried out at most so often. MOST_ROUNDS = 9']);
    expect(raw.slice(pairs[0]?.start, pairs[0]?.end)).toBe(
      'A letter is carried out at most so often.\nMOST_ROUNDS = 9',
    );
  });

  it('read the row of a table that has lost its lines', () => {
    expect(read('Westgate 4.2 MW 1,000 V', 'pdf').map(({ text }) => text)).toEqual(['Westgate 4.2 MW 1,000 V']);
    expect(read('Place Power Voltage', 'pdf')).toEqual([]);
  });

  it('put a comma back into the name of a column', () => {
    const [row] = read('| Gold | 20 minutes |', 'markdown', 'Help › Plan, First answer, at night');
    expect(row?.text).toBe('Plan: Gold; First answer, at night: 20 minutes');
  });
});

describe('fields of JSON records', () => {
  it('are quoted from the name of the record on, whose name their text says', () => {
    const raw = '{ "crane": "Heron", "reach_m": 31.5, "home_pier": "North" }';
    const field = read(raw, 'json').find(({ text }) => text.includes('home_pier'));
    expect(field?.text).toBe('crane: Heron; home_pier: North');
    expect(raw.slice(field?.start, field?.end)).toBe('"crane": "Heron", "reach_m": 31.5, "home_pier": "North"');
  });

  it('do not say a name that is too far away to be quoted', () => {
    const raw = `{ "crane": "Heron", "remark": "${'very '.repeat(130)}long", "home_pier": "North" }`;
    expect(read(raw, 'json').find(({ text }) => text.includes('home_pier'))?.text).toBe('home_pier: North');
  });

  it('are quoted word for word', async () => {
    const shelf = await shelve({
      'cranes.json': JSON.stringify({
        cranes: [
          { name: 'Heron', home_pier: 'North' },
          { name: 'Stork', home_pier: 'South' },
        ],
      }),
    });
    const { claims } = await asked(shelf, 'What is the home pier of the Stork?');
    expect(claims[0]?.text).toBe('name: Stork; home_pier: South');
    for (const { source_id, start, end, quote } of claims)
      expect(shelf.texts.get(source_id)?.slice(start, end)).toBe(quote);
    await shelf.close();
  });
});
