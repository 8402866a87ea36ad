/** Prose of a composition on its way through the real store and conclusion to a client. */

import { expect, test } from 'vitest';
import { finished, ME, orchestra, report } from '../../support/orchestra.ts';

test('prose becomes a cited report, with what is not borne out and what is missing named', async () => {
  const on = await orchestra({
    written: ({ sections, summary: [first = ''] }) => ({
      summary_prose: `The log is written first [[${first}]]. The log is never written first [[${first}]].`,
      sections: sections.map((section) => ({
        ...section,
        prose: `See www.evil.example: it holds [[${section.claims[0]}]].`,
      })),
      missing: [{ what: 'the text of a section', why: 'the budget was used up' }],
    }),
  });
  const task_id = await finished(on);
  const result = await on.orchestrator.result(task_id, ME, { detail: 'evidence' });
  expect(result).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(result.text).toContain('The log is written first [1]. The log is never written first [1] (unsupported).');
  expect(result.text).toContain('- the text of a section: the budget was used up');
  expect(result.text).not.toContain('evil');
});

test('a mark that leads nowhere is never stored: the findings stand as they are, and what was written is named', async () => {
  const on = await orchestra({
    written: ({ sections }) => ({
      summary_prose: 'All is well [[belter-9.9]].',
      sections: sections.map((section) => ({ ...section, prose: `It holds [[${section.claims[0]}]].` })),
    }),
  });
  const task_id = await finished(on);
  const view = await report(on, task_id);
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(view.missing.map(({ what }) => what)).toEqual([
    'the text of the summary, whose findings stand as they were collected',
  ]);
  expect(view.text).toContain('It holds [1]');
  expect(view.text).not.toContain('All is well');
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('a composition of what does not exist gives way to what was found', async () => {
  const on = await orchestra({ written: () => ({ summary: ['belter-9.9'] }) });
  const view = await report(on, await finished(on));
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(view.missing.map(({ what }) => what)).toEqual(['the report as it was written']);
  expect(view.text).toContain('The log is written first');
});
