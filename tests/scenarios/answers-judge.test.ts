/** The judge of answers judges: each thing it is to notice is put before it once. */

import { describe, expect, it } from 'vitest';
import { judge, type Judgement } from '../../bench/answers/judge.ts';
import type { Question } from '../../bench/answers/questions.ts';
import { holds, states } from '../../bench/answers/wording.ts';
import type { EvidenceClaim, ResultView } from '../../src/core/views.ts';

const NEW = 'A van costs 41.00 euros.';
const OLD = 'A van costs 38.00 euros.';

const QUESTION: Question = {
  id: 'van',
  kind: 'stale',
  wording: 'close',
  question: 'What does a van cost?',
  facts: [{ values: ['41.00'], near: 'van', documents: ['new.md'] }],
  stale: [{ values: ['38.00'], documents: ['old.md'] }],
};

const MATERIAL = {
  texts: new Map([
    ['s1', NEW],
    ['s2', OLD],
  ]),
  documents: new Map([
    ['s1', 'new.md'],
    ['s2', 'old.md'],
  ]),
};

function claim(source_id: string, quote: string, text = quote): EvidenceClaim {
  const claim_id = `belter-1.${source_id}`;
  return {
    claim_id,
    agent_id: 'belter-1',
    source_id,
    text,
    quote,
    start: 0,
    end: quote.length,
    label: 'quoted',
    location: '',
  };
}

/** What a report with these lines is worth; it lists both sources. */
function judged(
  lines: readonly string[],
  claims: readonly EvidenceClaim[] = [claim('s1', NEW), claim('s2', OLD)],
): Judgement {
  const text = [...lines, '', '## Sources', '', '- [1] New: new.md:1', '- [2] Old: old.md:1', ''].join('\n');
  const summary = lines.slice(1, lines.findIndex((line, at) => at > 0 && line.startsWith('##')) >>> 0).join('\n');
  const sources = ['s1', 's2'].map((source_id, at) => ({
    number: at + 1,
    source_id,
    title: '',
    location: '',
    places: [],
    uri: '',
    accessed_at: '',
    sha256: '',
  }));
  const view: ResultView = {
    task_id: '',
    status: 'completed',
    completeness: 'full',
    missing: [],
    title: null,
    summary,
    sections: [],
    text,
    sources,
    skipped: [],
    citations: null,
    claims,
    model: '',
    model_note: '',
    spend: { cost_usd: 0, tokens: 0, model_calls: 0, by_model: [], by_agent: [] },
    execution_time: null,
    documents: [],
  };
  return judge(QUESTION, view, MATERIAL);
}

const SUMMARY = ['## Summary', `- “${NEW}” [1]`];

describe('an outdated value', () => {
  it.each([
    ['current', ['## Findings', `- “${OLD}” [2]`]],
    ['current', ['## Findings', `- “${OLD}” [2]`, '## Where sources disagree', `  - older: “${OLD}” [2]`]],
    ['outdated', ['## Where sources disagree', `  - newer: “${NEW}” [1]`, `  - older: “${OLD}” [2]`]],
    ['outdated', ['## Earlier versions', `- “${OLD}” [2]`]],
    ['open', ['## Where sources disagree', `  - “${NEW}” [1]`, `  - “${OLD}” [2]`]],
    ['no', ['## Findings', '- “Vans are small.” [2]']],
  ] as const)('is seen to be shown so: %s', (manner, lines) => {
    expect(judged([...SUMMARY, ...lines]).stale).toEqual([manner]);
  });

  it('is not excused by a word of the document itself', () => {
    const own = 'The old price holds until replaced: 38.00 euros.';
    expect(judged([...SUMMARY, `- ${own} [2]`], [claim('s1', NEW), claim('s2', own)]).stale).toEqual(['current']);
  });
});

describe('a fact', () => {
  it('counts where a quote of its document holds it, and what it is about', () => {
    expect(judged(SUMMARY)).toMatchObject({ quoted: [true], summarised: [true], mentioned: [true] });
    expect(judged(SUMMARY, [claim('s2', NEW)]).quoted).toEqual([false]);
    expect(judged(SUMMARY, [claim('s1', 'It costs 41.00.')]).quoted).toEqual([false]);
    expect(judged(SUMMARY, [claim('s1', '| small | 41.00 |', 'Vehicle: van; Price: 41.00')]).quoted).toEqual([true]);
  });

  it('does not count in a quote so long that it is a passage to read', () => {
    expect(judged(SUMMARY, [claim('s1', `${NEW} ${'And so on. '.repeat(60)}`)]).quoted).toEqual([false]);
  });

  it.each([
    ['within 13 % of it', '3 %', false],
    ['within 3 % of it', '3 %', true],
    ['a value of 2.5 or 55', '5', false],
    ['takes 10 hours', '10 h', false],
    ['row 190,7.1,203,8.8', '203', true],
    ['at −55 °C', '-55 °C', true],
    ['**four**\nhours', 'Four hours', true],
    ['max\\_wait is 7', 'max_wait is 7', true],
  ])('is found as a whole: %j states %j: %s', (text, value, found) => {
    expect(states(text, value)).toBe(found);
    expect(holds(text, { values: ['nowhere', value] })).toBe(found);
  });
});

describe('a citation', () => {
  it('is an error where it leads nowhere, is not used, or is not verbatim', () => {
    expect(judged([...SUMMARY, `- “${OLD}” [2]`]).citationErrors).toEqual([]);
    expect(judged([...SUMMARY, `- “${OLD}” [3]`]).citationErrors).toEqual([
      'mark [3] leads nowhere',
      'source [2] is not cited',
    ]);
    expect(judged([...SUMMARY, '- x [2]'], [claim('s1', 'A van costs 40.00 euros.')]).citationErrors).toEqual([
      'the quote of belter-1.s1 is not in s1 at 0 to 24',
    ]);
    expect(judged([...SUMMARY, '- x [2]'], [claim('s7', NEW)]).citationErrors).toEqual([
      'belter-1.s7 is of s7, which is not listed',
    ]);
  });
});

describe('an admission', () => {
  it('says that nothing was found, and cites nothing in the same breath', () => {
    expect(judged(['## Summary', 'Nothing found: none of the 2 documents holds it.']).admitted).toBe(true);
    expect(judged(['## Summary', `Nothing found, but “${NEW}” [1]`]).admitted).toBe(false);
    expect(judged(SUMMARY).admitted).toBe(false);
  });
});
