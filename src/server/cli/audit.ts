/** `beltalowda audit verify` and `beltalowda replay`: what can be proven about a workflow that is stored. */

import { count } from '../../core/amount.ts';
import type { AuditFinding, AuditView, ReplayView } from '../../core/audit.ts';
import { Fault } from '../../core/errors.ts';
import { USER } from '../callers.ts';
import { type Fact, factText } from './facts.ts';
import { printRecord } from './fault-block.ts';
import { EXIT, printJson } from './outcome.ts';
import type { Session } from './session.ts';
import { paints, signs } from './style.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './width.ts';

const STATES: Readonly<Record<AuditView['state'], string>> = {
  open: 'has not ended: its events form a chain, and its other rows are sealed at its end',
  sealed: 'ended: its events form a chain, whose end seals all its other rows',
  erased: 'erased: only the skeleton of its chain is left',
};

/** Resolves to the exit code: 1 when a row is not as it was written. */
export async function verify(
  { orchestrator, terminal, options, warn, typed }: Session,
  task_id: string,
): Promise<number> {
  warn();
  const view = await orchestrator.audit(task_id, USER);
  if (options.json) printJson(terminal, view);
  else {
    const words = view.sound ? 'sound' : `not sound: ${count(view.findings.length, 'finding')}`;
    terminal.out(headline(terminal, view.sound, `${task_id} is ${words}`));
    terminal.out(findingLines(view.findings));
    const facts: Fact[] = [
      ['state', STATES[view.state]],
      ['events', String(view.events)],
      ['rows', `${view.sealed_rows} under the seal`],
      ['head', view.head],
    ];
    terminal.out(factText(terminal, facts));
  }
  if (view.sound) return EXIT.done;
  const message = `${task_id} is not as it was written: ${count(view.findings.length, 'finding')}`;
  const hint = `Do not rely on this workflow. Compare it with a backup; every finding names its row. All workflows are checked by: ${typed('db check')}`;
  printRecord(terminal, new Fault('AUDIT_FAILED', message, { hint }).toRecord());
  return EXIT.failed;
}

/** Resolves to the exit code: 1 when the journal leads elsewhere. */
export async function replay(
  { orchestrator, terminal, options, warn, typed }: Session,
  task_id: string,
): Promise<number> {
  warn();
  const view = await orchestrator.replay(task_id, USER);
  if (options.json) printJson(terminal, view);
  else {
    const words = view.same ? 'leads to the recorded result' : 'leads elsewhere than it did';
    terminal.out(headline(terminal, view.same, `The journal of ${task_id} ${words}`));
    terminal.out(factText(terminal, replayFacts(view)));
  }
  if (view.same) return EXIT.done;
  const message = `the journal of ${task_id} does not lead to its result: ${view.differences[0] ?? 'the results differ'}`;
  const hint = `Check the database with: ${typed('db check')} - if it is sound, please report a defect with the task_id.`;
  printRecord(terminal, new Fault('REPLAY_DIVERGED', message, { hint }).toRecord());
  return EXIT.failed;
}

function replayFacts(view: ReplayView): Fact[] {
  return [
    ...view.decisions.map(({ steps }, at): Fact => [`decision ${at + 1}`, steps.join(', ')]),
    ['status', view.status],
    ['recorded', view.recorded ?? 'no result'],
    ['replayed', view.replayed ?? 'no result'],
    ...view.differences.map((difference): Fact => ['difference', difference]),
  ];
}

/** A sentence behind the sign of how it is. */
export function headline(terminal: Terminal, good: boolean, words: string): string {
  const { completed, failed } = signs(terminal.unicode);
  return `${paints(terminal.color.out)(good ? 'good' : 'bad', `${good ? completed : failed} ${words}`)}\n`;
}

/** One finding a line: the row, and what is wrong with it. */
export function findingLines(findings: readonly (AuditFinding & { readonly task_id?: string | undefined })[]): string {
  return findings
    .map(({ task_id, where, what }) => {
      const place = task_id === undefined ? where : `${task_id} ${where}`;
      return `  ${oneLine(place)}: ${oneLine(what)}\n`;
    })
    .join('');
}
