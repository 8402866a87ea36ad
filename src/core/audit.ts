/**
 * What can be proven about stored workflows. Events form a chain of hashes, in which each covers the one before it; the
 * terminal event also seals every other row of its workflow. A row that was changed, removed, added or moved breaks one.
 */

/** One thing that is not as it was written. */
export interface AuditFinding {
  /** Table, and the row in it as far as one can be named: `events seq 4`, `claims belter-1.3`. */
  readonly where: string;
  /** One sentence. */
  readonly what: string;
}

export interface AuditView {
  readonly task_id: string;
  readonly sound: boolean;
  /** Hash of the last link, hex. Kept elsewhere, it proves later that not even the whole chain was made anew. */
  readonly head: string;
  readonly events: number;
  /** Rows beside the events that the seal covers; 0 while the workflow has not ended. */
  readonly sealed_rows: number;
  readonly state: 'open' | 'sealed' | 'erased';
  readonly findings: readonly AuditFinding[];
}

/** Where a replay of the decider parts from the record, in order; empty when it leads to the same result. */
export interface ReplayView {
  readonly task_id: string;
  readonly same: boolean;
  /** One entry a decision that named something new: the steps, as the decider named them. */
  readonly decisions: readonly { readonly steps: readonly string[] }[];
  readonly status: string;
  /** SHA-256 of the result, recorded and made anew; null when the workflow left none. */
  readonly recorded: string | null;
  readonly replayed: string | null;
  readonly differences: readonly string[];
}

/** How a workflow's content went: by a person's wish, or by retention. */
export type ErasureKind = 'deleted' | 'expired';

/** What is left of an erased workflow, beside the skeleton of its chain. */
export interface Tombstone {
  readonly task_id: string;
  readonly owner: string;
  readonly kind: ErasureKind;
  /** ISO 8601. */
  readonly created_at: string;
  readonly reason: string;
}

/** Rows and bytes gone for good. `texts` counts stored texts that no other workflow uses. */
export interface Erased {
  readonly events: number;
  readonly steps: number;
  readonly calls: number;
  readonly sources: number;
  readonly passages: number;
  readonly claims: number;
  readonly results: number;
  readonly texts: number;
  readonly text_bytes: number;
}

export interface DeleteView {
  readonly task_id: string;
  readonly erased: Erased;
  readonly head: string;
}

/** A database file as it lies there, read without changing it. */
export interface DatabaseState {
  readonly file: string;
  readonly exists: boolean;
  readonly bytes: number;
  /** Newest migration applied, and the newest this release knows. */
  readonly schema: number | null;
  readonly newest_schema: number;
  readonly workflows: number;
}

export interface CheckView extends DatabaseState {
  readonly sound: boolean;
  readonly workflows_checked: number;
  readonly findings: readonly (AuditFinding & { readonly task_id?: string | undefined })[];
}

export interface MigrateView extends DatabaseState {
  /** Numbers applied now. */
  readonly applied: readonly number[];
}

export interface BackupView {
  readonly file: string;
  readonly bytes: number;
  readonly workflows: number;
  readonly sha256: string;
}

/** Webhooks of all owners. */
export interface WebhookState {
  readonly registrations: number;
  /** Those among them that take nothing any more. */
  readonly disabled: number;
  /** Messages still to be delivered, and when the oldest of them was made, ISO 8601. */
  readonly pending: number;
  readonly oldest: string | null;
  /** Messages that were given up. */
  readonly dead: number;
  /** Receivers whose last attempt failed, at most ten: for how many workflows, and since when, ISO 8601. */
  readonly failing: readonly { readonly host: string; readonly workflows: number; readonly since: string }[];
}

/** What can be done to a database as a whole. Every method throws STORE_* Faults and changes nothing when it throws. */
/** A copy that can be opened like any database, and is to be removed after that. */
export interface DatabaseCopy {
  readonly file: string;
  remove(): Promise<void>;
}

export interface Maintenance {
  /** Never creates or changes the file. STORE_* when it cannot be read. */
  inspect(): Promise<DatabaseState>;
  /** Creates the file or brings its schema up to date. */
  migrate(): Promise<MigrateView>;
  /** Integrity of the file, its schema, and every workflow's chain and seal. Changes nothing. */
  check(): Promise<CheckView>;
  /** Changes nothing. Null where the schema is of a release that knew no webhooks. */
  webhooks(): Promise<WebhookState | null>;
  /** The database as it stands, in a temporary folder, for reading where it lies in a place that cannot be written. */
  copy(): Promise<DatabaseCopy>;
  /** A consistent copy, complete and durable under its name or not there at all. INVALID_INPUT when the target exists. */
  backup(target: string): Promise<BackupView>;
}
