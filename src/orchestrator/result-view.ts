/** What get_result shows of a workflow: its report, a section or a page of it, and the evidence behind it. */

import { Fault } from '../core/errors.ts';
import { DEFAULT_DETAIL, DEFAULT_MAX_CHARS } from '../core/limits.ts';
import type { Report, ReportSource } from '../core/report.ts';
import { type CallSums, spendReport } from '../core/spend.ts';
import type { EvidenceClaim, ResultOptions, ResultView } from '../core/views.ts';
import { isTerminal, modelOf, type Workflow } from '../core/workflow.ts';
import type { ResultRow } from '../store/store.ts';
import { documentLinks } from './texts.ts';
import { page } from './pages.ts';
import { fallbacksIn, reportOf } from './report.ts';
import { modelNote } from './model-note.ts';
import { pollAfter } from './status-view.ts';

export interface ResultMaterial {
  readonly workflow: Workflow;
  readonly row: ResultRow | null;
  /** What calls took. */
  readonly sums: readonly CallSums[];
}

export function resultView({ workflow, row, sums }: ResultMaterial, options: ResultOptions): ResultView {
  const used = fallbacksIn(row);
  const common = {
    task_id: workflow.task_id,
    status: workflow.status,
    model: [reportOf(row)?.model ?? modelOf(workflow.config, 'camina'), ...used].join(', '),
    model_note: modelNote(workflow.config, used),
    spend: spendReport(sums),
    ...(workflow.error === null ? {} : { error: workflow.error }),
  };
  const report = reportOf(row);
  if (report === null || row === null) {
    return {
      ...common,
      completeness: null,
      missing: [],
      title: workflow.title,
      summary: null,
      sections: [],
      text: '',
      sources: [],
      skipped: [],
      citations: null,
      execution_time: null,
      documents: [],
      ...(isTerminal(workflow.status) ? {} : { poll_after_seconds: pollAfter(workflow) }),
    };
  }
  const detail = options.detail ?? DEFAULT_DETAIL;
  const section = options.section ?? null;
  const text = selectText(report, section, detail);
  const selection = { task_id: workflow.task_id, section, detail };
  const shown = page(text, selection, { cursor: options.cursor, max_chars: options.max_chars ?? DEFAULT_MAX_CHARS });
  return {
    ...common,
    completeness: report.completeness,
    missing: report.missing,
    title: report.title,
    summary: report.summary,
    sections: report.sections.map(({ id, heading, text: body }) => ({ id, heading, chars: body.length })),
    ...shown,
    sources: detail === 'summary' || section !== null ? citedIn(text, report.sources) : report.sources,
    skipped: report.skipped,
    citations: report.citations,
    ...(report.course === undefined ? {} : { course: report.course }),
    ...(detail === 'evidence' ? { claims: claimsOn(shown.text, report).map(evidence) } : {}),
    execution_time: row.execution_time,
    documents: documentLinks(workflow.task_id),
  };
}

function selectText(report: Report, section: string | null, detail: string): string {
  if (section !== null) {
    const found = report.sections.find(({ id, heading }) => id === section || heading === section);
    if (found !== undefined) return `## ${found.heading}\n\n${found.text}\n`;
    const known = report.sections.map(({ id }) => id).join(', ');
    throw new Fault('INVALID_INPUT', `section ${JSON.stringify(section)} is not in this report`, {
      hint: `Use one of: ${known}.`,
    });
  }
  if (detail !== 'summary') return report.text;
  const shown = report.sections.filter(({ id }) => id === 'summary' || id === 'missing');
  // The report's own first line: its title, with what the user wrote escaped.
  const [heading = ''] = report.text.split('\n', 1);
  return [heading, ...shown.map(({ heading, text }) => `## ${heading}\n\n${text}`)].join('\n\n') + '\n';
}

function citedIn(text: string, sources: readonly ReportSource[]): readonly ReportSource[] {
  return sources.filter(({ number }) => text.includes(`[${number}]`));
}

/** The claims of the sources that a page cites, so that a long report's evidence comes in pages as well. */
function claimsOn(text: string, report: Report): readonly EvidenceClaim[] {
  const cited = new Set(citedIn(text, report.sources).map(({ source_id }) => source_id));
  return report.claims.filter(({ source_id }) => cited.has(source_id));
}

function evidence(claim: EvidenceClaim): EvidenceClaim {
  const { claim_id, text, source_id, quote, start, end, label, agent_id, location } = claim;
  return { claim_id, text, source_id, quote, start, end, label, agent_id, location };
}
