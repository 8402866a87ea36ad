/**
 * The hashes that make a stored workflow provable. Its events are links of a chain: each covers the one before it, the first
 * covers what was submitted. The terminal event also covers the seal, the hash of a list that names every other row of the
 * workflow with a hash of its own, so that a row that differs can be named.
 *
 * What is hashed is a JSON array that begins with its purpose, so that no two different things read alike. Content is
 * hashed together with the workflow's salt, 128 random bits that go when the content goes: what is left still verifies as a
 * chain, and nobody can find out by trial what it was about.
 *
 * Every store hashes the same things in the same way. What is written here is for good: rows of every release carry it.
 */

import { hash, randomBytes } from 'node:crypto';

/** A column's value as the database returns it. */
export type Cell = string | number | null | Uint8Array;

/** What a submission consists of; the first link follows its hash. */
const SUBMITTED = [
  'task_id',
  'owner',
  'orchestrator_type',
  'task',
  'title',
  'config',
  'created_at',
  'input_hash',
  'idempotency_key',
  'resumed_from',
  'trace',
] as const;

interface SealedTable {
  /** What names a row within its workflow; empty where there is only one. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
}

/**
 * The columns a seal covers. Of `workflows` all but those that hold or follow from the proof itself; of `texts` the hash
 * that covers the rest of the row, because a text belongs to many workflows and is large.
 *
 * A column that a later release adds must not join its table's list: what was sealed without it would verify no more. It
 * gets an entry of its own, say `steps+cost` with the key of `steps` and the columns `step_id` and `cost`; seal.ts learns
 * which table that is read from; and `differences` in verify.ts passes over an entry's lines where the sealed list has none
 * of that name, because it is older. Nothing of this is needed for what fits into a JSON column there is (`config`, `input`,
 * `output`, `result`).
 */
export const SEALED = {
  workflows: {
    key: [],
    columns: [
      ...SUBMITTED,
      'status',
      'phase',
      'started_at',
      'completed_at',
      'deadline_at',
      'error',
      'error_record',
      'stop',
      'resumed',
      'fence',
      'lease_holder',
      'lease_expires_at',
    ],
  },
  steps: {
    key: ['step_id'],
    columns: [
      'step_id',
      'kind',
      'agent_id',
      'status',
      'idempotency_key',
      'input_hash',
      'input',
      'output',
      'error',
      'attempts',
      'failures',
      'available_at',
      'started_at',
      'completed_at',
      'adopted_from',
    ],
  },
  calls: {
    key: ['call_id'],
    columns: [
      'call_id',
      'position',
      'step_id',
      'agent_id',
      'key',
      'attempt',
      'round',
      'kind',
      'name',
      'request_hash',
      'share',
      'status',
      'reserved_tokens',
      'reserved_microusd',
      'input_tokens',
      'cached_tokens',
      'cache_write_tokens',
      'output_tokens',
      'reasoning_tokens',
      'microusd',
      'estimated',
      'started_at',
      'completed_at',
      'adopted_from',
      'error',
      'output',
    ],
  },
  sources: {
    key: ['source_id'],
    columns: [
      'source_id',
      'position',
      'sha256',
      'format',
      'title',
      'location',
      'uri',
      'domain',
      'date',
      'modified_at',
      'accessed_at',
      'characters',
      'also_at',
      'step_id',
    ],
  },
  passages: {
    key: ['passage_id'],
    columns: ['passage_id', 'agent_id', 'source_id', 'start', 'end', 'heading', 'location', 'score', 'step_id'],
  },
  claims: {
    key: ['claim_id'],
    columns: [
      'claim_id',
      'position',
      'agent_id',
      'source_id',
      'text',
      'quote',
      'start',
      'end',
      'label',
      'location',
      'heading',
      'score',
      'objective',
      'step_id',
    ],
  },
  results: { key: [], columns: ['result', 'execution_time', 'total_cost', 'created_at'] },
  texts: { key: ['sha256', 'format'], columns: ['sha256', 'format', 'hash'] },
} as const satisfies Record<string, SealedTable>;

export type SealedName = keyof typeof SEALED;

/** One line of a seal: the table, what names the row within its workflow, the row's hash. */
export type SealedRow = readonly [table: SealedName, key: string, hash: string];

/** A row of `workflows` by its columns, as far as proofs read it. */
export type SealedWorkflow = Readonly<Record<(typeof SEALED)['workflows']['columns'][number], Cell>>;

/** A link of the chain: a row of `events` as it stands. */
export interface Link {
  readonly id: Cell;
  readonly seq: Cell;
  readonly event_type: Cell;
  readonly agent_id: Cell;
  readonly timestamp: Cell;
  readonly data_hash: Cell;
}

export function newSalt(): string {
  return randomBytes(16).toString('hex');
}

/** What the first link follows. */
export function genesisHash(row: Pick<SealedWorkflow, (typeof SUBMITTED)[number]>, salt: string): string {
  return digest('submission', [salt, ...SUBMITTED.map((column) => row[column])]);
}

/** Of an event's data, as the text that is stored. */
export function dataHash(salt: string, data: Cell): string {
  return digest('data', [salt, data]);
}

/**
 * Of a link that follows `previous`. `cover` is what this link proves beyond itself: the seal for a terminal event, what is
 * left of the workflow's row for its erasure, else null.
 */
export function linkHash(previous: Cell, link: Link, cover: Cell): string {
  const { id, seq, event_type, agent_id, timestamp, data_hash } = link;
  return digest('link', [previous, id, seq, event_type, agent_id, timestamp, data_hash, cover]);
}

/** One line of a seal, from a row's cells in the order of `SEALED`. */
export function sealedRow(salt: string, table: SealedName, cells: readonly Cell[]): SealedRow {
  const { key, columns }: SealedTable = SEALED[table];
  const name = key.map((column) => String(cells[columns.indexOf(column)])).join('/');
  return [table, name, digest('row', [salt, table, ...cells])];
}

export function sealedWorkflow(salt: string, row: SealedWorkflow): SealedRow {
  return sealedRow(
    salt,
    'workflows',
    SEALED.workflows.columns.map((column) => row[column]),
  );
}

/** A seal's lines as they are stored. */
export function sealList(rows: readonly SealedRow[]): string {
  return JSON.stringify(rows);
}

export function sealHash(list: string): string {
  return digest('seal', [list]);
}

/** What an erased workflow's last link covers: its row, emptied. Without a salt, because nothing in it is to be hidden. */
export function remainsHash(row: SealedWorkflow): string {
  return sealedWorkflow('', row)[2];
}

/** Of a stored text: the whole row, with text and layout as they are stored. */
export function textHash(row: {
  readonly sha256: string;
  readonly format: string;
  readonly codec: string;
  readonly body: Uint8Array;
  readonly layout: Uint8Array;
  readonly characters: number;
  readonly created_at: string;
  readonly stored_by: string;
}): string {
  const { sha256, format, codec, body, layout, characters, created_at, stored_by } = row;
  const stored = [body, layout].map((bytes) => hash('sha256', bytes, 'hex'));
  return digest('text', [sha256, format, codec, ...stored, characters, created_at, stored_by]);
}

function digest(purpose: string, cells: readonly Cell[]): string {
  return hash('sha256', JSON.stringify([purpose, ...cells.map(spelled)]), 'hex');
}

/** JSON has no spelling for an infinite number; as null it could not be told from a missing one. */
function spelled(cell: Cell): unknown {
  return typeof cell === 'number' && !Number.isFinite(cell) ? { number: String(cell) } : cell;
}
