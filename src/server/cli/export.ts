/** `beltalowda export`: the report as a document. */

import path from 'node:path';
import { REPORT_NAME } from '../../core/report.ts';
import { USER } from '../callers.ts';
import { EXIT, printJson } from './outcome.ts';
import { prepareFolder, writeReport } from './report-file.ts';
import type { Session } from './session.ts';

/** Prints the document as it is stored, or writes it to the folder of --out. Resolves to the exit code. */
export async function exportReport(
  { orchestrator, options, terminal, warn }: Session,
  task_id: string,
): Promise<number> {
  warn();
  if (options.out !== null) await prepareFolder(path.resolve(options.out));
  const { name, mime_type, text } = await orchestrator.document(task_id, REPORT_NAME, USER);
  const file = options.out === null ? null : await writeReport(path.resolve(options.out), text);
  if (options.json) printJson(terminal, { task_id, name, mime_type, file, text });
  else if (file === null) terminal.out(text.endsWith('\n') ? text : `${text}\n`);
  if (file !== null) terminal.err(`Report written to ${file}\n`);
  return EXIT.done;
}
