/** `beltalowda result`: the report of a workflow, whole or in part, and the evidence behind it. */

import path from 'node:path';
import { Fault } from '../../core/errors.ts';
import type { EvidenceClaim, ResultView, StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { pageWidth } from './facts.ts';
import { printRecord } from './fault-block.ts';
import { EXIT, exitCode, keepFile, printJson, printText, wholeResult } from './outcome.ts';
import { quietSince } from './phrases.ts';
import { awaitsApproval } from './plan-view.ts';
import { prepareFolder } from './report-file.ts';
import type { Session } from './session.ts';
import { paints } from './style.ts';
import { oneLine } from './width.ts';
import { wrap } from './wrap.ts';

/** Prints what was asked for. Before the end there is nothing to print, which is not an error. Resolves to the exit code. */
export async function result(session: Session, task_id: string): Promise<number> {
  const { terminal, options } = session;
  session.warn();
  const { section, detail } = options;
  if (options.out !== null && (section !== null || detail !== 'report')) {
    throw new Fault('INVALID_INPUT', '--out writes the whole report, not a part of it', {
      hint: 'Leave out --section and --detail, or --out.',
    });
  }
  const before = await session.orchestrator.result(task_id, USER, { detail: 'summary' });
  if (!isTerminal(before.status)) {
    if (options.json) printJson(terminal, before);
    terminal.err(openText(session, await session.orchestrator.status(task_id, USER)));
    return EXIT.partial;
  }
  if (options.out !== null) await prepareFolder(path.resolve(options.out));
  const whole = await wholeResult(session, task_id, { detail, section: section ?? undefined });
  if (whole.error !== undefined) printRecord(terminal, whole.error);
  if (options.json) printJson(terminal, whole);
  else await printText(terminal, whole.text);
  if (!options.json && whole.claims !== undefined) terminal.out(evidenceText(session, whole, whole.claims));
  await keepFile(session, whole.text);
  return exitCode(whole, whole.completeness);
}

/** Why there is no report yet, and what brings one. */
function openText({ typed }: Session, view: StatusView): string {
  const { task_id } = view;
  const since = quietSince(view);
  if (since !== null) {
    return `${task_id} is interrupted: nobody works on it since ${since}.\nTo carry on: ${typed(`resume ${task_id}`)}\n`;
  }
  if (awaitsApproval(view)) {
    return `The plan of ${task_id} waits for approval: no agent has started.\nTo see it: ${typed(`status ${task_id}`)}\n`;
  }
  return `${task_id} is ${view.status}: its report is made at its end.\nTo watch it: ${typed(`status ${task_id} --follow`)}\n`;
}

/** Each claim with the words of the source that carry it, where they are others, and the place where they stand. */
function evidenceText({ terminal }: Session, { sources }: ResultView, claims: readonly EvidenceClaim[]): string {
  const paint = paints(terminal.color.out);
  const page = { width: terminal.stdoutIsTTY ? pageWidth(terminal) : Infinity, paint };
  const lines = claims.flatMap(({ source_id, text, quote, label, agent_id, location }) => {
    const number = sources.find((source) => source.source_id === source_id)?.number;
    const mark = number === undefined ? '[-]' : `[${number}]`;
    const first = `${mark.padStart(5)} `;
    const place = { ...page, rest: ' '.repeat(first.length) };
    return [
      '',
      ...wrap([{ text: oneLine(text), look: null }], { ...place, first: paint('mark', first), indent: first.length }),
      ...(quote === text
        ? []
        : wrap([{ text: `"${oneLine(quote)}"`, look: 'emphasis' }], { ...place, first: place.rest })),
      ...wrap([{ text: `${oneLine(location)}, ${label}, ${agent_id}`, look: 'faint' }], {
        ...place,
        first: place.rest,
      }),
    ];
  });
  return `\n${paint('heading', 'Evidence')}\n${lines.join('\n')}\n`;
}
