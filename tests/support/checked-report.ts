/** A report as it is rendered and checked at the end of a workflow, from notes and what a model wrote of them. */

import type { Composition } from '../../src/core/report.ts';
import type { StoredText } from '../../src/core/source.ts';
import { evidenceFor } from '../../src/research/evidence/evidence.ts';
import { tidyProse } from '../../src/research/evidence/prose.ts';
import { type CourseText, type Rendered, renderReport } from '../../src/research/evidence/render.ts';
import { type Checked, soundReport } from '../../src/research/evidence/sound.ts';
import { isVerbatim } from '../../src/research/evidence/verify.ts';
import { type Note, type Notes, notesOf } from './notes.ts';

function textIn({ texts }: Notes, source_id: string): StoredText {
  const stored = texts.get(source_id);
  if (stored === undefined) throw new Error(`${source_id} has no text`);
  return stored;
}

/** The report that stands of a composition of all notes, each in the summary, as far as it passes the check. */
export function checked(notes: Notes, change: Partial<Composition>, course: CourseText | null = null): Checked {
  const ids = notes.claims.map(({ claim_id }) => claim_id);
  const render = (composition: Composition, told = course): Rendered =>
    renderReport({
      composition,
      claims: new Map(notes.claims.map((one) => [one.claim_id, one])),
      sources: new Map(notes.sources.map((one) => [one.source_id, one])),
      evidence: evidenceFor(notes.claims, notes.sources, notes.texts),
      verbatim: (claim) => isVerbatim(claim, textIn(notes, claim.source_id)),
      missing: [],
      asked: '',
      gaps: [],
      skipped: [],
      skipped_total: 0,
      collected: 1,
      model: 'cassette/test',
      stamp: 'written for a test',
      course: told,
    });
  const whole = { title: 'T', summary: ids, sections: [], conflicts: [], ...change };
  const bare = course === null ? null : { ...course, section: { ...course.section, items: [] } };
  return soundReport(whole, {
    texts: notes.texts,
    render: (made) => render(made),
    ...(bare === null ? {} : { ungrounded: (made) => render(made, bare) }),
  });
}

/** The summary's text; what is wrong where no report stands. */
export function summaryOf(notes: readonly Note[], prose?: string, course: CourseText | null = null): string {
  const found = checked(notesOf(notes), prose === undefined ? {} : { summary_prose: tidyProse(prose) }, course);
  return found.kind === 'sound' ? found.report.summary : found.problems.join('; ');
}
