/**
 * Proves a stored workflow, from its rows alone: whether the events are the chain they were written as, and whether every
 * row that the seal names is there and as it was. Pure, and the same for every store.
 */

import type { AuditFinding, AuditView } from '../core/audit.ts';
import { type EventType, isTerminalEvent } from '../core/event.ts';
import { isTerminal, type Status, terminalEvent } from '../core/workflow.ts';
import {
  type Cell,
  dataHash,
  genesisHash,
  type Link,
  linkHash,
  remainsHash,
  sealedWorkflow,
  sealHash,
  type SealedRow,
  type SealedWorkflow,
} from './chain.ts';

interface AuditedWorkflow extends SealedWorkflow {
  readonly status: Status;
  readonly salt: string;
  readonly genesis: string;
  readonly head: string;
  readonly seal: string | null;
  readonly last_seq: number;
  readonly erased_at: string | null;
}

interface AuditedEvent extends Link {
  readonly seq: number;
  readonly event_type: EventType;
  readonly event_data: Cell;
  readonly timestamp: string;
  readonly hash: string;
}

interface AuditedTombstone {
  readonly owner: string;
  readonly kind: string;
  readonly reason: string;
  readonly created_at: string;
}

/** Everything there is of one workflow, as one moment saw it. */
export interface AuditRecord {
  readonly task_id: string;
  /** Null where only other rows tell that there was one. */
  readonly workflow: AuditedWorkflow | null;
  /** In the order of `seq`. */
  readonly events: readonly AuditedEvent[];
  readonly tombstone: AuditedTombstone | null;
  /** The seal's lines as stored. */
  readonly list: string | null;
  /** The lines a seal over the rows beside `workflows` would have now. */
  readonly rows: readonly SealedRow[];
}

type Known = AuditRecord & { readonly workflow: AuditedWorkflow };

export function verifyRecord(record: AuditRecord): AuditView {
  const { workflow, events, task_id } = record;
  if (workflow === null) {
    const findings = [finding('workflows', `There is no row for ${task_id}, and ${remainder(record)}.`)];
    return { task_id, sound: false, head: '', events: events.length, sealed_rows: 0, state: 'open', findings };
  }
  const known = { ...record, workflow };
  const state = stateOf(workflow);
  const sealed = state === 'sealed' ? checkSeal(known) : { findings: [], lines: 0 };
  const beside = { open: openFindings, sealed: endedFindings, erased: erasedFindings }[state];
  const findings = [...chainFindings(known), ...sealed.findings, ...beside(known)];
  return {
    task_id,
    sound: findings.length === 0,
    head: workflow.head,
    events: events.length,
    sealed_rows: sealed.lines,
    state,
    findings,
  };
}

function finding(where: string, what: string): AuditFinding {
  return { where, what };
}

function stateOf(workflow: AuditedWorkflow): AuditView['state'] {
  if (workflow.erased_at !== null) return 'erased';
  return isTerminal(workflow.status) ? 'sealed' : 'open';
}

function remainder({ events, rows, tombstone }: AuditRecord): string {
  return `${events.length} events, ${rows.length} other rows and ${tombstone === null ? 'no tombstone' : 'a tombstone'} are left of it`;
}

/** Walks the links. One that was changed is named alone: the next may follow what it says, or what it should say. */
function chainFindings(record: Known): readonly AuditFinding[] {
  const { workflow, events } = record;
  const findings: AuditFinding[] = [];
  const erased = workflow.erased_at !== null;
  const begun = erased ? workflow.genesis : genesisHash(workflow, workflow.salt);
  if (begun !== workflow.genesis) {
    findings.push(finding('workflows', 'What was submitted is not what the chain begins with.'));
  }
  let previous: readonly string[] = [workflow.genesis, begun];
  let next = 1;
  for (const event of events) {
    const where = `events seq ${event.seq}`;
    if (event.seq !== next) {
      if (!(event.seq > next)) {
        findings.push(finding(where, 'Its number is taken or is none.'));
        continue;
      }
      findings.push(missing(next, event.seq - 1));
      previous = [];
    }
    findings.push(...dataFindings(record, event));
    const right = previous.map((hash) => linkHash(hash, event, coverOf(workflow, event)));
    const follows = right.length === 0 || right.includes(event.hash);
    if (!follows) {
      findings.push(finding(where, 'It does not follow from the event before it: one of its columns was changed.'));
    }
    previous = follows ? [event.hash] : [event.hash, ...right.slice(0, 1)];
    next = event.seq + 1;
  }
  return [...findings, ...headFindings(workflow, next - 1, previous)];
}

function headFindings(workflow: AuditedWorkflow, last: number, previous: readonly string[]): readonly AuditFinding[] {
  if (workflow.last_seq > last) return [missing(last + 1, workflow.last_seq)];
  if (workflow.last_seq !== last) {
    return [finding('workflows', `Its row counts ${workflow.last_seq} events and there are ${last}.`)];
  }
  if (previous.includes(workflow.head)) return [];
  return [finding('workflows', 'The head it holds is not the hash of the last event.')];
}

function missing(from: number, to: number): AuditFinding {
  return from === to
    ? finding(`events seq ${from}`, 'It is missing.')
    : finding(`events seq ${from} to ${to}`, 'They are missing.');
}

function coverOf(workflow: AuditedWorkflow, event: AuditedEvent): string | null {
  if (event.event_type === 'workflow_erased') return remainsHash(workflow);
  return isTerminalEvent(event.event_type) ? workflow.seal : null;
}

/** Of an erased workflow only the last event may hold data; of any other every event must. */
function dataFindings({ workflow, events }: Known, event: AuditedEvent): readonly AuditFinding[] {
  const where = `events seq ${event.seq}`;
  if (workflow.erased_at !== null && event !== events.at(-1)) {
    return event.event_data === null ? [] : [finding(where, 'It holds data although the workflow was erased.')];
  }
  if (event.event_data === null) return [finding(where, 'Its data is gone.')];
  if (dataHash(workflow.salt, event.event_data) === event.data_hash) return [];
  return [finding(where, 'Its data is not what was recorded.')];
}

/** Nothing that belongs to an end or an erasure may be there before it. */
function openFindings({ workflow, events, list, tombstone, rows }: Known): readonly AuditFinding[] {
  const last = events.at(-1);
  const ended = last !== undefined && (isTerminalEvent(last.event_type) || last.event_type === 'workflow_erased');
  const sealed = [
    ...(workflow.seal === null ? [] : ['workflows']),
    ...(list === null ? [] : ['seals']),
    ...rows.filter(([table]) => table === 'results').map(nameOf),
  ];
  return [
    ...(ended ? [finding('workflows', `Event ${last.seq} ended it, and its row says that it goes on.`)] : []),
    ...sealed.map((where) => finding(where, 'There is a seal or a result although the workflow has not ended.')),
    ...strayTombstone(tombstone),
  ];
}

function strayTombstone(tombstone: AuditedTombstone | null): readonly AuditFinding[] {
  return tombstone === null ? [] : [finding('tombstones', 'There is a tombstone although nothing was erased.')];
}

function endedFindings({ workflow, events, tombstone }: Known): readonly AuditFinding[] {
  return [...statusFindings(workflow, events.at(-1)), ...strayTombstone(tombstone)];
}

function statusFindings({ status }: AuditedWorkflow, end: AuditedEvent | undefined): readonly AuditFinding[] {
  if (isTerminal(status) && end?.event_type === terminalEvent(status)) return [];
  return [finding('workflows', `Its status is ${status}, and its last event is ${end?.event_type ?? 'missing'}.`)];
}

interface Seal {
  readonly findings: readonly AuditFinding[];
  readonly lines: number;
}

function checkSeal({ workflow, list, rows }: Known): Seal {
  if (list === null) return { findings: [finding('seals', 'The list of sealed rows is missing.')], lines: 0 };
  const changed =
    sealHash(list) === workflow.seal ? [] : [finding('seals', 'The list is not the one that was sealed.')];
  const listed = readList(list);
  if (listed === null) return { findings: [...changed, finding('seals', 'The list cannot be read.')], lines: 0 };
  const now = [sealedWorkflow(workflow.salt, workflow), ...rows];
  return { findings: [...changed, ...differences(listed, now)], lines: listed.length };
}

function readList(list: string): readonly SealedRow[] | null {
  try {
    return JSON.parse(list) as readonly SealedRow[];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function differences(listed: readonly SealedRow[], now: readonly SealedRow[]): readonly AuditFinding[] {
  const sealed = new Map(listed.map((row) => [identity(row), row]));
  const found = new Map(now.map((row) => [identity(row), row]));
  const twice = now.filter((row) => found.get(identity(row)) !== row);
  const gone = listed.filter((row) => !found.has(identity(row)));
  const added = now.filter((row) => !sealed.has(identity(row)));
  const changed = listed.filter((row) => (found.get(identity(row)) ?? row)[2] !== row[2]);
  return [
    ...gone.map((row) => finding(nameOf(row), 'The row is missing.')),
    ...changed.map((row) => finding(nameOf(row), 'The row is not what was sealed.')),
    ...added.map((row) => finding(nameOf(row), 'The row was added.')),
    ...twice.map((row) => finding(nameOf(row), 'The row is there twice.')),
  ];
}

function identity([table, key]: SealedRow): string {
  return JSON.stringify([table, key]);
}

function nameOf([table, key]: SealedRow): string {
  return key === '' ? table : `${table} ${key}`;
}

/** What is left must be the skeleton and the tombstone, and the three records of the erasure must agree. */
function erasedFindings({ workflow, events, tombstone, list, rows }: Known): readonly AuditFinding[] {
  const last = events.at(-1);
  const told = last?.event_type === 'workflow_erased' && last.timestamp === workflow.erased_at;
  const left = rows.map((row) => finding(nameOf(row), 'It is there although it was erased.'));
  return [
    ...statusFindings(workflow, events.at(-2)),
    ...(told ? [] : [finding('workflows', 'Its last event does not tell of the erasure.')]),
    ...tombstoneFindings(workflow, tombstone, last),
    ...(list === null ? [] : [finding('seals', 'It is there although it was erased.')]),
    ...left,
  ];
}

function tombstoneFindings(
  workflow: AuditedWorkflow,
  tombstone: AuditedTombstone | null,
  last: AuditedEvent | undefined,
): readonly AuditFinding[] {
  if (tombstone === null) return [finding('tombstones', 'It is missing.')];
  const { owner, kind, reason, created_at } = tombstone;
  const told = JSON.stringify({ kind, reason }) === last?.event_data;
  const agrees = told && owner === workflow.owner && created_at === workflow.erased_at;
  return agrees ? [] : [finding('tombstones', 'It does not say what the last event says.')];
}
