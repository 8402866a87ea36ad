/**
 * Claiming: taking up what this process was asked for or, once it serves, whatever is interrupted or waits. One claim at a
 * time, because each must see the places that the one before it took.
 */

import { type Fault, toFault } from '../core/errors.ts';
import { isTerminal } from '../core/workflow.ts';
import type { Claimed, Store } from '../store/store.ts';
import { isDead } from './holder.ts';

/** Most claims in one commit. */
const MOST_CLAIMS = 8;

export interface ClaimingParts {
  readonly workflows: Pick<Store['workflows'], 'claim' | 'listed' | 'holders'>;
  readonly holder: string;
  readonly lease_ms: number;
  readonly max_active: number;
  /** Renews the leases when it is time to. Says why where they could not be renewed, else null. */
  readonly heartbeat: () => Promise<Fault | null>;
  /** Whether this process works on it. */
  readonly works: (task_id: string) => boolean;
  /** By when a lease has to have expired to be free (store.ts); 0 while the clock cannot tell. */
  readonly expiredBy: () => number;
  readonly begin: (claimed: Claimed) => void;
  readonly log: (message: string, thrown?: unknown) => void;
}

/** Whoever waits to hear whether a workflow has begun. */
interface Asking {
  readonly task_id: string;
  /** Attempts made when the question came: one that was under way then may have looked too early. */
  readonly after: number;
  readonly answer: () => void;
}

export class Claiming {
  readonly #parts: ClaimingParts;
  /** Workflows this process was asked to work on and could not claim yet. */
  readonly #wanted = new Set<string>();
  readonly #asking = new Set<Asking>();
  #attempts = 0;
  #serving = false;
  #closed = false;
  #round: Promise<void> | null = null;
  /** Why nothing could be claimed the last time. */
  #refused: Fault | null = null;
  #again = false;

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  /**
   * Works on this workflow as soon as nobody else does and there is a place. Resolves when it has begun here, or when a look
   * taken since has shown that it cannot yet: under load others begin and end all the time, and nobody's answer waits for that.
   */
  take(task_id: string): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#wanted.add(task_id);
    const answered = new Promise<void>((resolve) => {
      this.#asking.add({ task_id, after: this.#attempts, answer: resolve });
    });
    this.look();
    return answered;
  }

  /** From now on claims whatever is interrupted or waits. */
  serve(): void {
    this.#serving = true;
    this.look();
  }

  /** Looks for something to claim, if there is anything this process would take. */
  look(): void {
    if (this.#closed || !(this.#serving || this.#wanted.size > 0)) return;
    this.#again = true;
    this.#round ??= this.#claimAll();
  }

  /** This process left the workflow unfinished: whoever asked for it here still waits for it. */
  left(task_id: string): void {
    if (!this.#serving) this.#wanted.add(task_id);
  }

  /** What keeps this process from taking up a workflow it was asked for; null where nothing does. */
  heldUp(task_id: string): Fault | null {
    return this.#wanted.has(task_id) ? this.#refused : null;
  }

  /** Claims nothing more; resolves when no claim is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#round;
  }

  /** A call that arrives while it claims makes it go round once more. */
  async #claimAll(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const asked = new Set(this.#asking);
      try {
        // Its own first: it takes up nothing where not even what it is at can be kept.
        const refused = await this.#parts.heartbeat();
        if (refused === null) await this.#claimRound();
        this.#refused = refused;
      } catch (thrown) {
        this.#refused = toFault(thrown);
        this.#parts.log('nothing could be claimed', thrown);
      }
      this.#answer((one) => asked.has(one));
    }
    // In the same turn as the last look at `again`: a call in between would wait for a round that never comes.
    this.#round = null;
    if (this.#closed) this.#answer(() => true);
  }

  async #claimRound(): Promise<void> {
    const dead = (await this.#parts.workflows.holders()).filter(isDead);
    // Whoever serves takes all comers in their order, so that no submission of its own jumps the queue.
    if (this.#takesAll()) this.#wanted.clear();
    for (const task_id of Array.from(this.#wanted)) {
      const claimed = await this.#claim(dead, task_id);
      if (claimed || (await this.#settled(task_id))) this.#wanted.delete(task_id);
    }
    while (this.#takesAll() && (await this.#claimSeveral(dead))) continue;
  }

  /** As many at a time as were asked for, so that they share a commit; false once there is none left. */
  async #claimSeveral(dead: readonly string[]): Promise<boolean> {
    const several = Math.max(1, Math.min(this.#asking.size, MOST_CLAIMS));
    const claims = await Promise.allSettled(Array.from({ length: several }, () => this.#claim(dead)));
    for (const claim of claims) if (claim.status === 'rejected') throw claim.reason;
    return claims.every((claim) => claim.status === 'fulfilled' && claim.value);
  }

  #takesAll(): boolean {
    return this.#serving && !this.#closed;
  }

  async #settled(task_id: string): Promise<boolean> {
    // Not what else is in its row: one that is damaged would keep this process from all others it was asked for.
    const workflow = await this.#parts.workflows.listed(task_id);
    return this.#parts.works(task_id) || workflow === null || isTerminal(workflow.status);
  }

  async #claim(dead: readonly string[], task_id?: string): Promise<boolean> {
    const { workflows, holder, lease_ms, max_active, works, expiredBy, begin } = this.#parts;
    if (this.#closed || (task_id !== undefined && works(task_id))) return false;
    this.#attempts += 1;
    const attempt = this.#attempts;
    const only = task_id === undefined ? {} : { task_id };
    const claimed = await workflows.claim({ holder, lease_ms, max_active, dead, expired_by: expiredBy(), ...only });
    if (claimed !== null) begin(claimed);
    this.#answer((one) => {
      if (one.task_id === claimed?.hold.task_id || one.task_id === task_id) return true;
      const nothingLeft = claimed === null && task_id === undefined && one.after < attempt;
      // Others have begun since as many times as there are places: it is not among the next.
      return nothingLeft || one.after + max_active < attempt;
    });
    return claimed !== null;
  }

  #answer(which: (asking: Asking) => boolean): void {
    for (const one of Array.from(this.#asking).filter(which)) {
      this.#asking.delete(one);
      one.answer();
    }
  }
}
