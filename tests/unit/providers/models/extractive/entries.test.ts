import { describe, expect, it } from 'vitest';
import { asked, composed, shelves } from './corpus.ts';

const shelve = shelves();

/** A document with one entry for each date, in the order given. */
function dated(title: string, entries: Readonly<Record<string, string>>): string {
  const sections = Object.entries(entries).map(([date, text]) => `## ${date}\n\n${text}\n`);
  return [`# ${title}\n`, ...sections].join('\n');
}

async function report(files: Readonly<Record<string, string>>, task: string): Promise<string> {
  const shelf = await shelve(files);
  const text = await composed(shelf, task);
  await shelf.close();
  return text;
}

/** Both orders of the entries in the file. */
const ORDERS = [['oldest first'], ['newest first']] as const;

function inOrder(entries: Readonly<Record<string, string>>, order: string): Readonly<Record<string, string>> {
  const list = Object.entries(entries);
  return Object.fromEntries(order === 'newest first' ? list.toReversed() : list);
}

function level(metres: number): string {
  return `The water stood ${metres} m above zero, highest and lowest of the day.`;
}

describe('a log of changes', () => {
  it('gives the latest entry alone, in other words though it be', async () => {
    const shelf = await shelve({
      'changes.md':
        '# Changes of the crane\n\n## 2.4.0 (3 May 2024)\n\n- The hook of the crane may now carry up to 900 kg in one lift.\n\n' +
        '## 2.1.0 (9 June 2022)\n\n- The hook of the crane may now carry up to 600 kg.\n',
    });
    const { claims } = await asked(shelf, 'How much may the hook of the crane carry?');
    expect(claims.map(({ text }) => text)).toEqual(['The hook of the crane may now carry up to 900 kg in one lift.']);
    await shelf.close();
  });

  it.each([
    ['What is the default record size?', 'The default record size is 4 KB.', 'The default record size is 16 KB.'],
    [
      'What is the largest upload allowed?',
      'The largest upload allowed is 20 MB.',
      'The largest upload allowed is 50 MB.',
    ],
    [
      'How many replicas are at least kept of each object?',
      'At least 3 replicas are kept of each object.',
      'At least 5 replicas are kept of each object.',
    ],
    ['How much is the ticket?', 'A ticket is 40 euros.', 'A ticket is 55 euros.'],
  ])(
    'gives the latest entry alone where everyday words of the past stand in the question: %s',
    async (task, old, now) => {
      const log = dated('Changelog of the store', { '2023-02-01': old, '2025-03-01': now });
      expect(await report({ 'CHANGELOG.md': log }, task)).toBe(`summary: ${now}`);
    },
  );

  it.each(['NEWS.md', 'HISTORY.md', 'releases.md'])('is one under the name %s', async (name) => {
    const log = dated(name === 'HISTORY.md' ? 'Release history' : 'The object store', {
      '2023-02-01': 'The default timeout of an upload is 20 seconds.',
      '2025-03-01': 'The default timeout of an upload is now 50 seconds.',
    });
    expect(await report({ [name]: log }, 'What is the default timeout of an upload?')).toBe(
      'summary: The default timeout of an upload is now 50 seconds.',
    );
  });

  it('orders entries without a date by their version', async () => {
    const log = dated('Changelog', {
      '2.9.0': 'The default timeout of an upload is 20 seconds.',
      '2.10.0': 'The default timeout of an upload is 50 seconds.',
    });
    expect(await report({ 'CHANGELOG.md': log }, 'What is the default timeout of an upload?')).toBe(
      'summary: The default timeout of an upload is 50 seconds.',
    );
  });

  it('keeps an entry on something else, however alike its words are', async () => {
    const log = dated('Changelog of the shop', {
      '2023-02-01': 'The price of a small bag of house coffee is 4 euros.',
      '2025-03-01': 'The price of a large bag of house coffee is 9 euros.',
    });
    expect(await report({ 'CHANGELOG.md': log }, 'What is the price of a small bag of house coffee?')).toMatch(
      /^summary: The price of a small bag of house coffee is 4 euros\./u,
    );
  });

  it.each(ORDERS)(
    'shows all of them to who asks for the past, and what was first before the others, %s',
    async (order) => {
      const log = dated(
        'Changelog of the store',
        inOrder(
          { '2023-02-01': 'The default record size is 4 KB.', '2025-03-01': 'The default record size is 16 KB.' },
          order,
        ),
      );
      expect(await report({ 'CHANGELOG.md': log }, 'What was the default record size originally?')).toBe(
        'summary: The default record size is 4 KB.\nFindings: The default record size is 16 KB.',
      );
    },
  );
});

describe('entries of another dated document', () => {
  it.each(ORDERS)('that differ in a value are all shown, the latest first, %s', async (order) => {
    const prices = dated(
      'Prices of the ferry',
      inOrder({ '2023-02-01': 'A ticket costs 4 euros.', '2025-03-01': 'A ticket costs 6 euros.' }, order),
    );
    expect(await report({ 'prices.md': prices }, 'How much does a ticket cost?')).toBe(
      'summary: A ticket costs 6 euros.\nFindings: A ticket costs 4 euros.',
    );
  });

  it.each([
    ['How much did the cash box hold on 12 March 2024?', 412],
    ['How much did the cash box hold in March?', 412],
    ['How much did the cash box hold in April?', 655],
  ])('give way to the one of the time asked for: %s', async (task, euros) => {
    const minutes = dated('Minutes of the lock club', {
      '12 March 2024': 'The cash box held 412 euros.',
      '9 April 2024': 'The cash box held 655 euros.',
    });
    expect(await report({ 'minutes.md': minutes }, task)).toBe(`summary: The cash box held ${euros} euros.`);
  });

  it('tell together what the highest was and what the lowest, wherever in the file it stands', async () => {
    for (const [first, second] of [
      [4.2, 3.1],
      [3.1, 4.2],
    ] as const) {
      const shelf = await shelve({
        'gauge.md': dated('Gauge at the upper lock', { '2024-05-03': level(first), '2024-06-11': level(second) }),
      });
      expect(await composed(shelf, 'What was the highest the water ever stood at the upper lock?')).toBe(
        `summary: ${level(4.2)}\nFindings: ${level(3.1)}`,
      );
      expect(await composed(shelf, 'What was the lowest the water ever stood at the upper lock?')).toBe(
        `summary: ${level(3.1)}\nFindings: ${level(4.2)}`,
      );
      await shelf.close();
    }
  });
});
