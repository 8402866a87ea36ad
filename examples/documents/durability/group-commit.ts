/**
 * A group commit for a database that admits one writer: changes that arrive together share one transaction, and with it
 * one forced write. A caller is answered only after the transaction that holds its change has been committed.
 */

export interface Transactions {
  /** Runs the work in one transaction; when this returns, the commit is on stable storage. */
  commit(work: () => void): void;
  /** Runs the work in a savepoint: when it throws, only its own changes are undone. */
  savepoint(work: () => void): void;
}

interface Waiting {
  readonly change: () => void;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class GroupCommit {
  readonly #transactions: Transactions;
  #queue: Waiting[] = [];

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Resolves once the change is durable; rejects when the change itself, or the commit, fails. */
  write(change: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      // The first change of a group schedules the flush. Everything queued before it runs belongs to the same group.
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ change, resolve, reject });
    });
  }

  #flush(): void {
    const group = this.#queue;
    this.#queue = [];
    const applied: Waiting[] = [];
    try {
      this.#transactions.commit(() => {
        for (const waiting of group) this.#apply(waiting, applied);
      });
    } catch (error) {
      // The commit failed, so nothing of the group is durable: nobody may be told that it is.
      for (const waiting of applied) waiting.reject(error);
      return;
    }
    for (const waiting of applied) waiting.resolve();
  }

  /** One change that fails must not take its neighbours with it. */
  #apply(waiting: Waiting, applied: Waiting[]): void {
    try {
      this.#transactions.savepoint(waiting.change);
      applied.push(waiting);
    } catch (error) {
      waiting.reject(error);
    }
  }
}
