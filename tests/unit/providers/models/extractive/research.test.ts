import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, shelves, type Shelf } from './corpus.ts';

const shelve = shelves();

const FILES = {
  'tower.md': `# The Halden tower

The Halden tower is a lighthouse on the northern coast. It was completed in 1887 by the engineer Ida Brandt.

## Size

The tower is 41 metres tall. From the gallery one sees the whole bay, and on clear days the islands beyond it.

## Keeping

The lamp guarantees:

- light for 20 nautical miles
- a flash every 12 seconds
`,
  'harbour.txt': `The harbour of Halden

Fishing boats enter the harbour of Halden through a narrow channel.
The channel was dredged in 1953 because larger boats could no longer
pass. This made the harbour the busiest of the coast.

Dr. Olsen, e.g., counted 312 boats in one week of 1960.
`,
  'boats.csv': 'name,length_m,owner\nNordlys,14.5,"Berg, Anna"\nHavfruen,22,Lund\n',
  'lamp.json': '{"lamps": [{"name": "Halden lamp", "power_watts": 1000, "maker": "Brandt and sons"}]}\n',
  'keeper.ts': `// The lamp keeper switches the lamp on when the light falls
// below the threshold of the sensor.
export const threshold = 12;
`,
};

function policy(days: number, year: number): string {
  return `---\ntitle: Backup policy\ndate: ${year}-01-05\n---\n\n# Backup policy\n\nBackups of the database are kept for ${days} days.\n\nThe database backups are encrypted before they leave the building.\n`;
}

describe('research', () => {
  let shelf: Shelf;
  beforeAll(async () => {
    shelf = await shelve(FILES);
  });
  afterAll(async () => {
    await shelf.close();
  });

  it.each([
    ['When was the Halden tower completed?', /1887/],
    ['How tall is the tower?', /41 metres/],
    ['Who was the engineer of the Halden tower?', /Ida Brandt/],
    ['What is the Halden tower?', /^The Halden tower is a lighthouse/],
    ['Why was the channel dredged?', /because larger boats/],
    ['What is the length of Havfruen?', /^name: Havfruen; length_m: 22; owner: Lund$/],
    ['What is the power of the Halden lamp in watts?', /power_watts: 1000/],
    [
      'When does the lamp keeper switch the lamp on?',
      /^The lamp keeper switches the lamp on when the light falls below/,
    ],
  ])('answers %s first with the sentence that holds it', async (task, answer) => {
    const shape = task.startsWith('Why') || task.startsWith('When does') ? 'survey' : 'fact';
    const { claims } = await asked(shelf, task, { shape });
    expect(claims[0]?.text).toMatch(answer);
  });

  it('quotes the stored text verbatim, at its offsets, on its own line', async () => {
    const { claims } = await asked(shelf, 'How do boats enter the harbour of Halden and why was the channel dredged?', {
      shape: 'survey',
    });
    expect(claims.length).toBeGreaterThan(1);
    for (const { source_id, quote, start, end, label, text, location } of claims) {
      const stored = shelf.texts.get(source_id) ?? '';
      expect(stored.slice(start, end)).toBe(quote);
      expect(label).toBe('quoted');
      expect(text).not.toMatch(/\n|\s{2}/);
      expect(Number(location.split(':').at(-1))).toBe(stored.slice(0, start).split('\n').length);
    }
  });

  it('joins what was wrapped over lines into one line of text', async () => {
    const { claims } = await asked(shelf, 'Why was the channel dredged?', { shape: 'survey' });
    expect(claims[0]?.text).toContain('larger boats could no longer pass.');
    expect(claims[0]?.quote).toContain('longer\npass');
  });

  it('quotes a sentence that points back together with the one before it', async () => {
    const { claims } = await asked(shelf, 'Which harbour is the busiest of the coast?');
    expect(claims[0]?.text).toMatch(
      /^The channel was dredged in 1953.*This made the harbour the busiest of the coast\.$/,
    );
  });

  it('quotes a short list with the sentence that announces it', async () => {
    const { claims } = await asked(shelf, 'What does the lamp guarantee?', { shape: 'survey' });
    expect(claims.map(({ text }) => text)).toContain(
      'The lamp guarantees: light for 20 nautical miles; a flash every 12 seconds',
    );
  });

  it.each(['What is the capital of Mongolia?', 'Who painted the Mona Lisa?', 'When was the Bergen tower completed?'])(
    'finds nothing for %s and says so',
    async (task) => {
      const { claims, gaps, passages } = await asked(shelf, task);
      expect(claims).toEqual([]);
      expect(passages).toEqual([]);
      expect(gaps[0]).toContain(`No passage in the 5 documents answers: ${task} (none mentions: `);
    },
  );

  it.each([
    'Who demolished the Halden tower?',
    'How many bedrooms does the Halden tower have?',
    'Which volcano is near the harbour of Halden?',
    'When was the channel poisoned?',
  ])('takes no sentence for an answer to %s, whose telling word stands nowhere', async (task) => {
    expect((await asked(shelf, task)).claims).toEqual([]);
  });

  it('takes no general statement for an answer to a wide question about something else', async () => {
    const { claims, gaps } = await asked(shelf, 'How do boats survive hurricanes?', { shape: 'survey' });
    expect(claims).toEqual([]);
    expect(gaps).toEqual([
      'No passage in the 5 documents answers: How do boats survive hurricanes? (none mentions: survive, hurricanes)',
    ]);
  });

  it('names the words of a wide question that no document mentions', async () => {
    const { claims, gaps } = await asked(shelf, 'How do boats enter the harbour of Halden during hurricanes?', {
      shape: 'survey',
    });
    expect(claims.length).toBeGreaterThan(0);
    expect(gaps).toEqual(['No passage in the 5 documents mentions: hurricanes']);
  });

  it.each([
    ['Who built the tower of Ems?', 'The tower of Ems, which Jan Onken had build in oak, stands on the dyke.'],
    ['What is the depth of the Ems lock?', 'The Ems lock is 9 metres deep at low water.'],
    ['What is the default depth limit of the Ems dredger?', 'By default, the dredger on the Ems goes 5 metres deep.'],
    ['Who wrote the Ems chronicle?', 'The Ems chronicle was written by Jan Onken in old age.'],
  ])('answers %s from a sentence that uses another form of its word', async (task, sentence) => {
    const ems = await shelve({ 'ems.md': `# Notes\n\n${sentence} The dyke is green.\n` });
    expect((await asked(ems, task)).claims[0]?.text).toBe(sentence);
    await ems.close();
  });

  it('lets the context of the user tip the scales without requiring it', async () => {
    const doors = await shelve({
      'a.md': '# Doors\n\nThe doors of the hall are painted in oil by the north crew.\n',
      'b.md': '# Doors\n\nThe doors of the hall are painted in wax by the south crew.\n',
    });
    const task = 'How are the doors of the hall painted?';
    for (const side of ['north', 'south']) {
      const { claims } = await asked(doors, task, {
        shape: 'survey',
        request: { context: `we work with the ${side}` },
      });
      expect(claims).toHaveLength(2);
      expect(claims[0]?.text).toContain(side);
    }
    await doors.close();
  });

  it('states rules first when asked what they are, from the newest version', async () => {
    const rules = await shelve({
      'rules-2021.md':
        '---\ntitle: Lamp rules\ndate: 2021-01-01\n---\n\n# Lamp rules\n\nThe lamp settings were tried out in the rules of the old keeper for a year.\n\nThe lamp setting should be bright.\n',
      'rules-2024.md':
        '---\ntitle: Lamp rules\ndate: 2024-01-01\n---\n\n# Lamp rules\n\nThe lamp settings changed when the keeper left in spring.\n\nThe lamp setting should be bright.\n',
    });
    const { claims } = await asked(rules, 'What are the lamp settings?', { shape: 'survey' });
    expect(claims[0]?.text).toBe('The lamp setting should be bright.');
    expect(claims[0]?.location).toContain('rules-2024.md');
    await rules.close();
  });

  it('counts it as no gap that no sentence speaks of both things compared', async () => {
    const objective = 'differences between volcanoes and glaciers';
    const { claims, gaps } = await asked(shelf, 'Compare volcanoes and glaciers', {
      shape: 'comparison',
      subtask: { objective, queries: ['volcanoes glaciers'] },
    });
    expect([claims, gaps]).toEqual([[], []]);
  });

  it('keeps silent about a theme of its own that led nowhere, but not about one the user named', async () => {
    const objective = 'tower and harbour: volcanoes';
    const own = await asked(shelf, 'tower and harbour', {
      shape: 'survey',
      subtask: { objective, queries: ['volcanoes tower harbour', 'volcanoes'] },
    });
    const named = await asked(shelf, 'tower and harbour', {
      shape: 'survey',
      subtask: { objective, queries: ['volcanoes'] },
    });
    expect([own.claims, own.gaps]).toEqual([[], []]);
    expect(named.gaps).toEqual([`No passage in the 5 documents is about: ${objective}`]);
  });

  it('brings along what contradicts a sentence it quotes', async () => {
    const disputed = await shelve({
      'a.md': '# Vault\n\nThe vault of the archive keeps every backup for 30 days.\n',
      'b.md': '# Rules\n\nThe vault of the archive keeps every backup for 90 days.\n',
      'c.md': `# Vault rooms\n\n${'The vault of the archive keeps a backup dry, cool and dark in its rooms. '.repeat(3)}\n`,
    });
    const { claims } = await asked(disputed, 'How many days does the archive vault keep a backup?');
    expect(claims.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringContaining('30 days'), expect.stringContaining('90 days')]),
    );
    await disputed.close();
  });

  it('looks up what it quotes by its own words, and finds who says otherwise', async () => {
    const filler = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        `filler-${at}.md`,
        `# Lorry ${at}\n\nA lorry that comes to the north quay late in the day, number ${at}, waits for the tide.\n`,
      ]),
    );
    const disputed = await shelve({
      ...filler,
      'notice.md': '# North quay\n\nCheck-in for a lorry at the north quay closes 45 minutes before departure.\n',
      'guide.md': '# Guide\n\nCheck-in for a lorry closes 30 minutes before departure.\n',
    });
    const { claims } = await asked(disputed, 'How late can a lorry come to the north quay?');
    expect(claims.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringContaining('45 minutes'), expect.stringContaining('30 minutes')]),
    );
    await disputed.close();
  });

  it('searches only the sources of its domain and says so when they hold nothing', async () => {
    const domain = 'academic' as const;
    const { claims, gaps } = await asked(shelf, 'How tall is the tower?', { subtask: { domain } });
    expect(claims).toEqual([]);
    expect(gaps[0]).toContain('of the academic domain');
  });

  it('numbers claims after its agent and lists the passages they were drawn from', async () => {
    const { claims, passages } = await asked(shelf, 'How tall is the Halden tower?', {
      subtask: { agent_id: 'belter-3' },
    });
    expect(claims.map(({ claim_id }) => claim_id)).toEqual(claims.map((_, index) => `belter-3.${index + 1}`));
    for (const claim of claims) {
      const drawn = passages.find(
        (passage) => passage.source_id === claim.source_id && passage.start <= claim.start && passage.end >= claim.end,
      );
      expect(drawn?.passage_id).toMatch(/^belter-3\.p\d+$/);
    }
  });

  it('tells in human phrases what it is doing', async () => {
    const told: string[] = [];
    await asked(shelf, 'How tall is the tower?', { request: { progress: (activity) => told.push(activity) } });
    expect(told[0]).toBe('searching: How tall is the tower?');
    expect(told[1]).toMatch(/^reading \d+ passages? from \d+ sources?$/);
    expect(told[2]).toMatch(/^quoted \d+ sentences? from \d+ sources?$/);
  });

  it('gives the same findings every time', async () => {
    const task = 'What is known about the tower and the harbour of Halden?';
    const [first, second] = [
      await asked(shelf, task, { shape: 'survey' }),
      await asked(shelf, task, { shape: 'survey' }),
    ];
    expect(first).toEqual(second);
  });

  it('takes the user’s context into its search', async () => {
    const { claims } = await asked(shelf, 'How tall is the tower?', {
      request: { context: 'lighthouses of the coast' },
    });
    expect(claims[0]?.text).toContain('41 metres');
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(asked(shelf, 'How tall is the tower?', { request: { signal } })).rejects.toThrow('cancelled');
  });
});

describe('research in other languages', () => {
  it('quotes German and Japanese texts by their words', async () => {
    const shelf = await shelve({
      'turm.md':
        '# Der Turm von Halden\n\nDer Leuchtturm von Halden ist 41 Meter hoch. Dr. Olsen hat ihn z. B. im Jahr 1950 vermessen.\n',
      'densha.md': '# 電車\n\n東京の地下鉄は一日に約八百万人を運びます。駅は二百八十五あります。\n',
    });
    const german = await asked(shelf, 'Wie hoch ist der Leuchtturm von Halden?');
    expect(german.claims[0]?.text).toBe('Der Leuchtturm von Halden ist 41 Meter hoch.');
    const japanese = await asked(shelf, '東京の地下鉄', { shape: 'survey' });
    expect(japanese.claims[0]?.text).toBe('東京の地下鉄は一日に約八百万人を運びます。');
    await shelf.close();
  });
});

describe('research in versions of one document', () => {
  it('quotes the older wording beside the newer one, and an unchanged line only from the newest', async () => {
    const shelf = await shelve({ 'policy-2021.md': policy(30, 2021), 'policy-2024.md': policy(90, 2024) });
    const { claims } = await asked(shelf, 'How are database backups kept?', { shape: 'survey' });
    const texts = claims.map(({ text }) => text);
    expect(texts).toContain('Backups of the database are kept for 90 days.');
    expect(texts).toContain('Backups of the database are kept for 30 days.');
    const encrypted = claims.filter(({ text }) => text.includes('encrypted'));
    expect(encrypted.map(({ location }) => location)).toEqual(['notes/policy-2024.md:10']);
    await shelf.close();
  });
});
