/** Content that goes for good: on request, and by the retention settings. */

import { type Clock, iso } from '../core/clock.ts';
import type { Erased } from '../core/audit.ts';
import { Fault, toFault } from '../core/errors.ts';
import { COLLECT, corpusOf } from '../research/research.ts';
import type { Erasure, RetentionRule, Store } from '../store/store.ts';

export interface ErasureParts {
  readonly store: Pick<Store, 'steps' | 'workflows'>;
  /** Deletes the index of a corpus, which holds the words of its texts. */
  readonly forget: (corpus_id: string) => Promise<void>;
}

/**
 * Throws WORKFLOW_ACTIVE before the end. The index goes first: after the rows, nothing would tell which it was, and should
 * the process die in between, the workflow is still there to be erased again.
 */
export async function erase(parts: ErasureParts, task_id: string, erasure: Erasure): Promise<Erased> {
  const corpus_id = await corpusRead(parts.store, task_id);
  if (corpus_id !== null) await parts.forget(corpus_id);
  const erased = await parts.store.workflows.erase(task_id, erasure);
  if (erased === null) throw new Fault('DELETED', `${task_id} was erased by another process`);
  return erased;
}

/** By the one step that names it: whatever else is damaged keeps nobody from deleting. */
async function corpusRead({ steps }: Pick<Store, 'steps'>, task_id: string): Promise<string | null> {
  try {
    const collected = await steps.get(task_id, COLLECT);
    return collected === null ? null : corpusOf([collected]);
  } catch (thrown) {
    const { code, message } = toFault(thrown);
    if (code !== 'STORE_CORRUPT') throw thrown;
    const hint = `Nothing was deleted: its step ${COLLECT} alone names the index that holds the words of its sources, which would stay behind. \`beltalowda db check\` names the row; take it from a backup.`;
    throw new Fault(code, message, { hint, cause: thrown });
  }
}

const RULES = ['retention_days', 'retention_max_workflows', 'retention_max_mb'] as const;

/** What the settings let go; null where a rule is off. They may come among others, which are none of its business. */
export type RetentionSettings = Readonly<Record<(typeof RULES)[number], number | null>>;

export interface RetentionParts extends ErasureParts {
  readonly clock: Clock;
  readonly settings: RetentionSettings;
  readonly log: (message: string, thrown?: unknown) => void;
}

const DAY_MS = 86_400_000;
const MEGABYTE = 1_000_000;
const SWEEP_MS = 3_600_000;
/** Between two of these, other work of the process gets its turn. */
const AT_ONCE = 20;

/** Erases what the settings let go, at most once an hour, beside the work. */
export class Retention {
  readonly #parts: RetentionParts;
  #next = Number.NEGATIVE_INFINITY;
  #sweeping: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | null = null;
  #closed = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Sweeps if it is time to. Called whenever work begins; a process that goes on serving is woken by the clock. */
  due(): void {
    const { clock, settings, log } = this.#parts;
    const off = RULES.every((rule) => settings[rule] === null);
    if (off || this.#closed || clock.now() < this.#next) return;
    this.#next = clock.now() + SWEEP_MS;
    this.#sweeping = this.#sweep().catch((thrown: unknown) => {
      log('retention could not be carried out; it is tried again in an hour', thrown);
    });
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(SWEEP_MS, () => this.due());
  }

  /** Resolves when no sweep is under way; none begins any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { store, settings, clock } = this.#parts;
    const rule = retentionRule(settings, clock.now());
    const erasure: Erasure = { kind: 'expired', reason: words(settings) };
    const kept = new Set<string>();
    for (;;) {
      const expired = await store.workflows.expirable({ ...rule, stuck: kept.size }, kept.size + AT_ONCE);
      const going = expired.filter((task_id) => !kept.has(task_id));
      for (const task_id of going) {
        if (this.#closed) return;
        if (!(await this.#expire(task_id, erasure))) kept.add(task_id);
      }
      if (going.length === 0) return;
    }
  }

  /**
   * Whether it is gone. Another process may have erased it first, which is as good. One whose sources' step cannot be read
   * stays, because nothing tells which index is its own; it must not keep all others.
   */
  async #expire(task_id: string, erasure: Erasure): Promise<boolean> {
    try {
      await erase(this.#parts, task_id, erasure);
      return true;
    } catch (thrown) {
      const { code } = toFault(thrown);
      if (code === 'STORE_CORRUPT') this.#parts.log(`${task_id} is damaged and could not expire`, thrown);
      else if (code !== 'DELETED' && code !== 'NOT_FOUND') throw thrown;
      return code !== 'STORE_CORRUPT';
    }
  }
}

function retentionRule(settings: RetentionSettings, now: number): RetentionRule {
  const { retention_days: days, retention_max_workflows, retention_max_mb: megabytes } = settings;
  return {
    completed_before: days === null ? null : iso(now - days * DAY_MS),
    keep_newest: retention_max_workflows,
    max_bytes: megabytes === null ? null : megabytes * MEGABYTE,
  };
}

function words(settings: RetentionSettings): string {
  const rules = RULES.filter((rule) => settings[rule] !== null).map((rule) => `${rule} ${settings[rule]}`);
  return `retention: ${rules.join(', ')}`;
}
