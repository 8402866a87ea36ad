/** What can be read of a workflow as it stands: its report as a file, and the stored texts behind it. */

import { Fault } from '../core/errors.ts';
import { documentUri, REPORT_NAME } from '../core/report.ts';
import type { DocumentLink, DocumentView, SourceView } from '../core/views.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Store } from '../store/store.ts';
import { reportOf } from './report.ts';

const MARKDOWN = { name: REPORT_NAME, mime_type: 'text/markdown' } as const;

/** The files a workflow with a report has. */
export function documentLinks(task_id: string): readonly DocumentLink[] {
  return [{ uri: documentUri(task_id, REPORT_NAME), ...MARKDOWN }];
}

/** Throws NOT_FOUND naming the files there are; WORKFLOW_ACTIVE before the end. */
export async function document(
  store: Pick<Store, 'results'>,
  workflow: Pick<Workflow, 'task_id' | 'status'>,
  name: string,
): Promise<DocumentView> {
  const { task_id, status } = workflow;
  const report = reportOf(await store.results.get(task_id));
  if (report === null && (status === 'pending' || status === 'running')) {
    throw new Fault('WORKFLOW_ACTIVE', `${task_id} is ${status}: its documents are made at its end`);
  }
  if (report === null || name !== REPORT_NAME) {
    throw new Fault('NOT_FOUND', `${task_id} has no document ${JSON.stringify(name.slice(0, 64))}`, {
      hint: report === null ? 'It ended without a report; see get_status for why.' : `It has ${REPORT_NAME}.`,
    });
  }
  return { ...MARKDOWN, text: report.text };
}

/** Throws NOT_FOUND for an id the workflow has no source of. */
export async function source(
  store: Pick<Store, 'sources' | 'texts'>,
  task_id: string,
  source_id: string,
): Promise<SourceView> {
  const found = await store.sources.get(task_id, source_id);
  if (found === null) {
    throw new Fault('NOT_FOUND', `${task_id} has no source ${JSON.stringify(source_id.slice(0, 64))}`, {
      hint: 'Take a source_id from sources or claims of get_result.',
    });
  }
  const { sha256, format, title, location, uri } = found;
  const { text } = await store.texts.get(sha256, format);
  return { source_id, title, location, uri, sha256, text };
}
