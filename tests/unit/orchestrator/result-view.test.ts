import { describe, expect, test } from 'vitest';
import type { Report } from '../../../src/core/report.ts';
import type { ResultOptions } from '../../../src/core/views.ts';
import type { Workflow } from '../../../src/core/workflow.ts';
import { resultView } from '../../../src/orchestrator/result-view.ts';
import { citationMarks } from '../../../src/research/evidence/markdown.ts';
import { renderReport } from '../../../src/research/evidence/render.ts';
import type { ResultRow } from '../../../src/store/store.ts';
import { claim, ERROR, source, submission, textOf } from '../../contract/rows.ts';

const TEXT = textOf('text');
const { task_id, owner, orchestrator_type, task, config } = submission(1);
const WORKFLOW: Workflow = {
  task_id,
  owner,
  orchestrator_type,
  task,
  title: 'given title',
  status: 'completed',
  phase: 'done',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: '2026-01-01T00:00:00.000Z',
  completed_at: '2026-01-01T00:00:01.000Z',
  deadline_at: null,
  config,
  error: null,
  stop: null,
  lease: { holder: 'somebody', expires_at: '2999-01-01T00:00:00.000Z' },
  resumed: 0,
  resumed_from: null,
  trace: null,
  version: 9,
};
const claims = ['s1', 's2', 's3'].map((source_id, n) => claim(`c${n}`, { source_id, text: `claim ${n}` }));
const REPORT: Report = renderReport({
  composition: {
    title: 'What is [3] or *this*?',
    summary: ['c0'],
    sections: [
      { heading: 'First part', claims: ['c1'] },
      { heading: 'Second part', claims: ['c2'] },
    ],
    conflicts: [],
  },
  claims: new Map(claims.map((one) => [one.claim_id, one])),
  sources: new Map(['s1', 's2', 's3'].map((id) => [id, source(id, TEXT)])),
  evidence: new Map(),
  verbatim: () => true,
  missing: [{ what: 'costs', why: 'took too long' }],
  asked: '',
  gaps: [],
  skipped: [],
  skipped_total: 0,
  collected: 3,
  model: 'extractive',
  stamp: 'extractive',
}).report;
const ROW: ResultRow = {
  result: JSON.parse(JSON.stringify({ report: REPORT })) as ResultRow['result'],
  execution_time: 1,
  total_cost: 0,
  created_at: '2026-01-01T00:00:01.000Z',
};
const view = (options: ResultOptions = {}): ReturnType<typeof resultView> =>
  resultView({ workflow: WORKFLOW, row: ROW, sums: [] }, options);

describe('a result', () => {
  test('is the whole report with its sources', () => {
    const shown = view();
    expect(shown).toMatchObject({
      text: REPORT.text,
      completeness: 'partial',
      missing: REPORT.missing,
      execution_time: 1,
    });
    expect(shown.sources).toEqual(REPORT.sources);
    expect(shown.sections.map(({ id, chars }) => [id, chars > 0])).toEqual(
      ['summary', 'section-1', 'section-2', 'missing', 'sources'].map((id) => [id, true]),
    );
    expect([shown.claims, shown.next_cursor, shown.poll_after_seconds, shown.error]).toEqual(Array(4).fill(undefined));
  });

  test('in short is title, summary and what is missing, with the sources cited there', () => {
    const shown = view({ detail: 'summary' });
    expect(shown.text).toBe(
      '# What is \\[3\\] or \\*this\\*?\n\n## Summary\n\n- “claim 0” [1]\n\n## What is missing\n\n- costs: took too long\n',
    );
    expect(citationMarks(shown.text)).toEqual([1]);
    expect(shown.sources.map(({ number }) => number)).toEqual([1]);
  });

  test.each(['section-1', 'First part'])('of one section, named %s, brings its sources', (section) => {
    const shown = view({ section });
    expect(shown.text).toBe('## First part\n\n- “claim 1” [2]\n');
    expect(shown.sources.map(({ number }) => number)).toEqual([2]);
  });

  test('of a section that is not there names those that are', () => {
    expect(() => view({ section: 'nope' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        hint: expect.stringContaining('summary, section-1') as unknown,
      }),
    );
  });

  test('with evidence holds each claim without what is internal', () => {
    const shown = view({ detail: 'evidence' });
    expect(shown.claims?.length).toBe(3);
    expect(Object.keys(shown.claims?.[0] ?? {}).sort()).toEqual(
      ['agent_id', 'claim_id', 'end', 'label', 'location', 'quote', 'source_id', 'start', 'text'].sort(),
    );
  });

  test('in pages rejoins to the report', () => {
    let [text, cursor] = ['', undefined as string | undefined];
    do {
      const shown = view({ max_chars: 40, cursor });
      text += shown.text;
      cursor = shown.next_cursor;
    } while (cursor !== undefined);
    expect(text).toBe(REPORT.text);
  });
});

describe('no result', () => {
  test('yet is a normal answer that says when to ask again', () => {
    for (const [status, seconds] of [['pending', 5] as const, ['running', 2] as const]) {
      const shown = resultView({ workflow: { ...WORKFLOW, status }, row: null, sums: [] }, {});
      expect(shown).toMatchObject({
        status,
        text: '',
        completeness: null,
        title: 'given title',
        poll_after_seconds: seconds,
      });
    }
  });

  test('at all, after a failure, brings the error and no reason to ask again', () => {
    const failed = { ...WORKFLOW, status: 'failed', error: ERROR } as const;
    for (const row of [null, { ...ROW, result: null }, { ...ROW, result: {} }, { ...ROW, result: { report: null } }]) {
      const shown = resultView({ workflow: failed, row, sums: [] }, {});
      expect(shown).toMatchObject({ status: 'failed', error: ERROR, completeness: null });
      expect(shown.poll_after_seconds).toBeUndefined();
    }
  });
});
