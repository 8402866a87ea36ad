/**
 * The check every report passes before it is stored: no mark dangles, no source is listed that is not cited, no quote that
 * is not in the stored text, no quotation marks round words that are not the source's. A report that fails it is a defect of this program, never something for a user to notice.
 */

import type { Composition, Report } from '../../core/report.ts';
import { citationMarks } from './markdown.ts';
import type { StoredText } from '../../core/source.ts';
import { renderedProblems } from './render-prose.ts';
import type { Rendered } from './render.ts';
import { isVerbatim, quoteStands } from './verify.ts';

/** What is wrong with the report, one sentence each; empty when nothing is. `texts`: what is stored, by source_id. */
export function integrityProblems(
  { report, in_marks }: Rendered,
  texts: ReadonlyMap<string, StoredText>,
): readonly string[] {
  const problems: string[] = [];
  const numbers = report.sources.map((source) => source.number);
  if (numbers.some((number, index) => number !== index + 1))
    problems.push(`sources are numbered ${numbers.join(', ')}`);

  const body = report.sections.filter((section) => section.id !== 'sources');
  const cited = new Set(body.flatMap((section) => citationMarks(section.text)));
  for (const mark of citationMarks(report.text)) {
    if (!numbers.includes(mark)) problems.push(`mark [${mark}] has no source`);
  }
  for (const number of numbers) if (!cited.has(number)) problems.push(`source ${number} is listed and not cited`);

  const listed = new Set(report.sources.map((source) => source.source_id));
  for (const claim of report.claims) {
    const stored = texts.get(claim.source_id);
    if (!listed.has(claim.source_id)) problems.push(`claim ${claim.claim_id} cites a source that is not listed`);
    else if (stored === undefined) problems.push(`the stored text of ${claim.source_id} is missing`);
    else if (!quoteStands(claim, stored.text)) {
      problems.push(`the quote of ${claim.claim_id} is not in ${claim.source_id} at ${claim.start}`);
    } else if (in_marks.has(claim.claim_id) && !isVerbatim(claim, stored)) {
      problems.push(`${claim.claim_id} stands in quotation marks and is not word for word in ${claim.source_id}`);
    }
  }
  return problems;
}

/**
 * Whether the prose stands in the report in the words it was written in: the citation pass adds marks, and neither adds, drops
 * nor changes a word.
 */
export function proseProblems(report: Report, composition: Composition): readonly string[] {
  const written = [
    { id: 'summary', prose: composition.summary_prose },
    ...composition.sections.map(({ prose }, n) => ({ id: `section-${n + 1}`, prose })),
  ];
  return written.flatMap(({ id, prose = '' }) => {
    if (prose === '') return [];
    const text = report.sections.find((section) => section.id === id)?.text ?? '';
    const [body = ''] = text.split(/\n\n(?=- )/);
    const problems = renderedProblems(prose, body).map((problem) => `${id}: ${problem}`);
    if (!report.text.includes(body)) problems.push(`${id} is not in the text as it was written`);
    return problems;
  });
}
