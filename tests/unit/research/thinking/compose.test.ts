import { describe, expect, test } from 'vitest';
import { NO_BUDGET } from '../../../../src/core/budget.ts';
import { Fault } from '../../../../src/core/errors.ts';
import type { Json } from '../../../../src/core/json.ts';
import type { Composition, Report } from '../../../../src/core/report.ts';
import { extractiveModel } from '../../../../src/providers/models/extractive/extractive.ts';
import type { ModelRequest } from '../../../../src/providers/providers.ts';
import { evidenceFor, judgedClaims } from '../../../../src/research/evidence/evidence.ts';
import { integrityProblems, proseProblems } from '../../../../src/research/evidence/integrity.ts';
import { renderReport } from '../../../../src/research/evidence/render.ts';
import { composeReport } from '../../../../src/research/thinking/compose.ts';
import { hurried } from '../../../../src/research/thinking/unanswered.ts';
import { type Script, scripted } from '../../../support/cassette.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Desk, deskOf, notesOf } from '../../../support/notes.ts';

const NOTES = notesOf([
  { id: 'b-1.1', text: 'The writer waits for one fsync before it answers.' },
  { id: 'b-1.2', text: 'A commit costs 12 ms.', quote: 'On this disk a commit costs 12 ms and a read costs 1 ms.' },
  { id: 'b-2.1', text: 'Readers never wait for the writer of the log.' },
  { id: 'b-2.2', text: 'Power loss is survived by the log.', quote: 'Nothing is said here of the subject at all.' },
]);
const REQUEST = {
  ...NOTES,
  task: 'How are commits kept safe?',
  shape: 'survey' as const,
  conflicts: [],
  objectives: [{ objective: 'find it', agent_id: 'b-1' }],
  signal: new AbortController().signal,
};
const OUTLINE = {
  sections: [
    { heading: 'Writing', claims: ['b-1.1', 'b-1.2'] },
    { heading: 'Reading', claims: ['b-2.1'] },
  ],
};
const GOOD = 'A writer waits for one fsync before it answers. [[b-1.1]] A commit costs 12 ms [[b-1.2]].';

const answer = (value: object): { readonly text: string } => ({ text: JSON.stringify(value) });

/** Answers by what is asked for; each answer of a list once, the last from then on. */
function answering(
  prose: readonly string[],
  summary = 'The writer waits for one fsync [[b-1.1]].',
  verdict = true,
): Script {
  let turn = 0;
  return (request: ModelRequest) => {
    if (/check whether quotes/.test(request.system)) {
      const ids = Array.from(JSON.stringify(request.messages).matchAll(/\[(b-\d\.\d)\]/g), (match) => match[1] ?? '');
      return answer({ verdicts: ids.map((id) => ({ id, supported: verdict })) });
    }
    if (/plan a research report/.test(request.system)) return answer(OUTLINE);
    if (/write the summary/.test(request.system)) return answer({ prose: summary });
    const isFirstSection = JSON.stringify(request.messages).includes('The section: Writing');
    if (!isFirstSection) return answer({ prose: 'Readers never wait for the writer of the log [[b-2.1]].' });
    turn += 1;
    return answer({ prose: prose[Math.min(turn, prose.length) - 1] ?? '' });
  };
}

const compose = (desk: Desk): Promise<Composition> =>
  composeReport(desk.asker, REQUEST, (request) => extractiveModel().compose(request));

function rendered(composition: Composition): Report {
  const claims = judgedClaims(NOTES.claims, composition);
  const made = renderReport({
    composition,
    claims: new Map(claims.map((one) => [one.claim_id, one])),
    sources: new Map(NOTES.sources.map((one) => [one.source_id, one])),
    evidence: evidenceFor(claims, NOTES.sources, NOTES.texts),
    verbatim: ({ text, quote }) => text === quote,
    missing: composition.missing ?? [],
    asked: '',
    gaps: [],
    skipped: [],
    skipped_total: 0,
    collected: 4,
    model: 'cassette/test',
    stamp: 'written for a test',
  });
  expect([...integrityProblems(made, NOTES.texts), ...proseProblems(made.report, composition)]).toEqual([]);
  return made.report;
}

const textOf = ({ sections }: Report, id: string): string => sections.find((section) => section.id === id)?.text ?? '';

describe('composing with a model', () => {
  test('writes section by section, marks by first use, and lists what no section told', async () => {
    const desk = deskOf(scripted(answering([GOOD])));
    const report = rendered(await compose(desk));
    expect(textOf(report, 'summary')).toBe('The writer waits for one fsync [1].');
    expect(textOf(report, 'section-1')).toBe(
      'A writer waits for one fsync before it answers [1]. A commit costs 12 ms [2].',
    );
    expect(textOf(report, 'section-2')).toBe('Readers never wait for the writer of the log [3].');
    expect(report.sections.find(({ heading }) => heading === 'Further findings')?.text).toContain('Power loss');
    expect(desk.made.slice(-4)).toEqual(['outline', 'section-1', 'section-2', 'summary']);
    expect(report.completeness).toBe('full');
  });

  test.each([
    ['the summary tells of one step alone', 'Readers never wait for the writer of the log [[b-2.1]].'],
    ['the summary tells of nothing that holds', 'All is well [[b-9.9]].'],
  ])('step by step each claim stands in the report, also where %s', async (_, summary) => {
    const objectives = [
      { objective: 'Writing', agent_id: 'b-1' },
      { objective: 'Reading', agent_id: 'b-2' },
    ];
    const desk = deskOf(scripted(answering([''], summary)));
    const request = { ...REQUEST, in_order: true, objectives };
    const composition = await composeReport(desk.asker, request, (each) => extractiveModel().compose(each));
    const told = [...composition.summary, ...composition.sections.flatMap(({ claims }) => claims)];
    expect([...new Set(told)].sort()).toEqual(NOTES.claims.map(({ claim_id }) => claim_id));
    expect(
      rendered(composition)
        .claims.map(({ claim_id }) => claim_id)
        .sort(),
    ).toEqual([...new Set(told)].sort());
  });

  test('the same journal gives the same bytes and asks nothing again', async () => {
    const journal = new Map<string, Json>();
    const first = await compose(deskOf(scripted(answering([GOOD])), NO_BUDGET, journal));
    const replay = deskOf(scripted([]), NO_BUDGET, journal);
    expect(rendered(await compose(replay)).text).toBe(rendered(first).text);
    expect(replay.made).toEqual([]);
  });

  test.each([
    ['a claim that does not exist', `${GOOD} All is well [[b-9.9]].`],
    ['a paragraph without a claim', `${GOOD}\n\nAll of this is well known.`],
    ['a number that no quote holds', `${GOOD} A commit takes 13 ms [[b-1.2]].`],
  ])('%s is asked for again, once', async (_, bad) => {
    const desk = deskOf(scripted(answering([bad, GOOD])));
    const report = rendered(await compose(desk));
    expect(desk.made).toContain('section-1/grounded');
    expect(textOf(report, 'section-1')).toBe(
      'A writer waits for one fsync before it answers [1]. A commit costs 12 ms [2].',
    );
  });

  test('what is still not grounded is left out, and its claims stand as they are', async () => {
    const report = rendered(await compose(deskOf(scripted(answering(['A commit takes 13 ms [[b-1.2]].'])))));
    expect(textOf(report, 'section-1')).toBe(
      '- “The writer waits for one fsync before it answers.” [1]\n- A commit costs 12 ms. [2]',
    );
    expect(report.text).not.toContain('13 ms');
  });

  test('a mark that names nothing is taken out of what else holds', async () => {
    const report = rendered(await compose(deskOf(scripted(answering([`${GOOD} Also so [[b-9.9]] [[b-1.1]].`])))));
    expect(textOf(report, 'section-1')).not.toContain('b-9.9');
  });

  test('what is not borne out says so, in the sentence and at the head', async () => {
    const prose =
      'The writer waits for one fsync before it answers [[b-1.1]]. The writer never waits for one fsync [[b-1.1]].';
    const report = rendered(await compose(deskOf(scripted(answering([prose])))));
    expect(textOf(report, 'section-1')).toContain('The writer never waits for one fsync [1] (unsupported).');
    expect(report.text).toContain('> 1 sentence is not borne out by what is cited, and marked (unsupported)');
  });

  test('prose brings no address, no markup and no mark of its own', async () => {
    const hostile =
      'A writer waits for one fsync <img src=x onerror=alert(1)> ![a](https://evil.example/p.png) [here](http://evil.example) ' +
      'www.evil.example evil.com/path a@evil.example [7] **bold** before it answers [[b-1.1]].';
    const report = rendered(await compose(deskOf(scripted(answering([hostile])))));
    expect(report.text).not.toMatch(/evil|(?<!\\)<img|(?<!\\)\[7\]|\]\(/);
  });

  test.each([
    ['an address that stands in brackets', 'See https:[[x]]//evil.zz/pay?now', /^(?!.*evil)/],
    ['a number that no claim of it holds', 'Fsync fails 500 users', /^(?!.*500)/],
    ['brackets without end', '['.repeat(300), /./],
    ['a number that its claim holds', 'Commits in 12 ms', /^Commits in 12 ms$/],
  ])('a heading with %s stands only where it holds', async (_, heading, stands) => {
    const outline = { sections: [{ heading, claims: ['b-1.1', 'b-1.2'] }] };
    const usual = answering([GOOD]);
    const desk = deskOf(
      scripted((request, turn) => {
        if (/plan a research report/.test(request.system)) return answer(outline);
        return typeof usual === 'function' ? usual(request, turn) : { text: '{}' };
      }),
    );
    const [first] = (await compose(desk)).sections;
    expect(first?.claims).toEqual(['b-1.1', 'b-1.2']);
    expect(first?.heading).toMatch(stands);
  });

  test('prose without end is not read, and its claims stand as they are', async () => {
    const report = rendered(await compose(deskOf(scripted(answering([`${GOOD} `.repeat(400)])))));
    expect(textOf(report, 'section-1')).toMatch(/^- “The writer waits for one fsync/);
    const many = `${'So. '.repeat(300)}${GOOD}`;
    const other = rendered(await compose(deskOf(scripted(answering([many])))));
    expect(textOf(other, 'section-1')).toMatch(/^- “The writer waits for one fsync/);
  });

  test('where the budget ends, what was not written stands as plain claims and is named', async () => {
    const full = deskOf(scripted(answering([GOOD])));
    await compose(full);
    for (let cap = 0; cap < full.spent() + 12_000; cap += 1500) {
      const desk = deskOf(scripted(answering([GOOD])), { ...NO_BUDGET, max_tokens: cap });
      const composition = await compose(desk);
      const report = rendered(composition);
      expect(desk.spent(), `cap ${cap}`).toBeLessThanOrEqual(cap);
      const unwritten = [
        composition.summary_prose,
        ...composition.sections.filter(({ heading }) => heading !== 'Further findings').map(({ prose }) => prose),
      ];
      const unasked = ['judge-1', 'judge-again-1'].some((key) => !desk.made.includes(key));
      expect(report.completeness === 'partial', `cap ${cap}`).toBe(unasked || unwritten.includes(undefined));
      expect(composition.cut !== undefined, `cap ${cap}`).toBe(report.completeness === 'partial');
      for (const { claim_id } of NOTES.claims) expect(report.claims.map((one) => one.claim_id)).toContain(claim_id);
    }
  });

  test.each([1, 2, 3, 4, 5, 6])('where the time ends after %i answers, what was written stays', async (answers) => {
    const clock = new FakeClock();
    const usual = answering([GOOD]);
    const desk = deskOf(
      scripted((request, turn) => {
        clock.jump(200_000 / answers);
        return typeof usual === 'function' ? usual(request, turn) : { text: '{}' };
      }),
    );
    const asker = hurried(desk.asker, clock, 300_000);
    const composition = await composeReport(asker, REQUEST, (request) => extractiveModel().compose(request));
    const report = rendered(composition);
    // Two sections are under way at a time: the second of them was asked for before the first answer.
    expect(desk.made.length - answers).toBeLessThanOrEqual(desk.made.includes('section-2') ? 1 : 0);
    const isWhole = desk.made.includes('summary');
    expect(report.completeness).toBe(isWhole ? 'full' : 'partial');
    expect(composition.cut).toEqual(isWhole ? undefined : ['the time for it was up']);
    const asked = ['section-1', 'section-2'].filter((key) => desk.made.includes(key));
    expect(composition.sections.flatMap(({ prose }) => prose ?? [])).toHaveLength(asked.length);
    for (const { claim_id } of NOTES.claims) expect(report.claims.map((one) => one.claim_id)).toContain(claim_id);
  });

  test('a model that fails for good leaves a report of plain claims; a fault of our own ends the step', async () => {
    const failing = deskOf(scripted(() => new Fault('PROVIDER_REFUSED', 'the key was refused')));
    expect(rendered(await compose(failing)).text).toContain('the key was refused');
    await expect(compose(deskOf(scripted(() => new Fault('LEASE_LOST', 'taken over'))))).rejects.toThrow('taken over');
  });
});

describe('judging', () => {
  test('a claim that code cannot tell is asked about, a verdict against code twice, and quoted ones never', async () => {
    const desk = deskOf(scripted(answering([GOOD])));
    const composition = await compose(desk);
    // The one is confirmed at once; the other goes against code, so it takes two votes.
    expect(composition.judged).toEqual(expect.arrayContaining([{ claim_id: 'b-1.2', supported: true }]));
    expect(composition.judged?.map(({ claim_id }) => claim_id)).not.toContain('b-1.1');
  });
  test('a judge that cannot be asked is named as missing, and the labels of code stay', async () => {
    const usual = answering([GOOD]);
    const desk = deskOf(
      scripted((request, turn) => {
        if (/check whether quotes/.test(request.system)) return new Fault('PROVIDER_REFUSED', 'no judge today');
        return typeof usual === 'function' ? usual(request, turn) : { text: '{}' };
      }),
    );
    const composition = await compose(desk);
    expect(composition.judged).toBeUndefined();
    expect(composition.missing).toEqual([
      { what: 'a model’s check of all statements, whose labels stand as code gave them', why: 'no judge today' },
    ]);
  });

  test('a judge that goes against code and then against itself changes nothing', async () => {
    let votes = 0;
    const usual = answering([GOOD]);
    const desk = deskOf(
      scripted((request, turn) => {
        if (!/check whether quotes/.test(request.system))
          return typeof usual === 'function' ? usual(request, turn) : { text: '{}' };
        votes += 1;
        const ids = Array.from(JSON.stringify(request.messages).matchAll(/\[(b-\d\.\d)\]/g), (match) => match[1] ?? '');
        return { text: JSON.stringify({ verdicts: ids.map((id) => ({ id, supported: votes % 2 === 0 })) }) };
      }),
    );
    const composition = await compose(desk);
    expect([votes, composition.judged ?? []]).toEqual([2, [{ claim_id: 'b-2.2', supported: false }]]);
    expect(desk.made).toContain('judge-again-1');
  });
});
