/**
 * The check every report passes before it is stored: no mark dangles, no source is listed that is not cited, no quote that
 * is not in the stored text. A report that fails it is a defect of this program, never something for a user to notice.
 */

import type { Report } from '../../core/report.ts';
import { citationMarks } from './markdown.ts';
import { quoteStands } from './verify.ts';

/** What is wrong with the report, one sentence each; empty when nothing is. `texts`: stored text by source_id. */
export function integrityProblems(report: Report, texts: ReadonlyMap<string, string>): readonly string[] {
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
    const text = texts.get(claim.source_id);
    if (!listed.has(claim.source_id)) problems.push(`claim ${claim.claim_id} cites a source that is not listed`);
    else if (text === undefined) problems.push(`the stored text of ${claim.source_id} is missing`);
    else if (!quoteStands(claim, text)) {
      problems.push(`the quote of ${claim.claim_id} is not in ${claim.source_id} at ${claim.start}`);
    }
  }
  return problems;
}
