/**
 * The turns of the event loop in which hubs work: all stand in one line, and a turn is over once so many readers were served, whoever
 * they read. Others are answered in between. A hub that had to wait finds more events at once: the more there is to do, the fewer
 * reads and writes each event takes.
 */

/** Readers that are served in one turn, which writes to all of them. */
const SERVED_A_TURN = 200;

export interface Working {
  /** Does some of what it has to do. Returns how many readers that serves, `most` at most; what is left needs a place of its own. */
  work(most: number): number;
}

export class HubTurns {
  /** Who has something to do, in the order in which it asked. */
  readonly #line = new Set<Working>();
  #coming = false;

  /** Has it work in one of the next turns, once: who has a place keeps it. Returns at once. */
  ask(one: Working): void {
    this.#line.add(one);
    if (this.#coming) return;
    this.#coming = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#coming = false;
    let left = SERVED_A_TURN;
    // Who asks again while it works is for another turn.
    let standing = this.#line.size;
    for (const one of this.#line) {
      if (standing === 0) return;
      if (left === 0) {
        this.ask(one);
        return;
      }
      standing -= 1;
      this.#line.delete(one);
      left -= one.work(left);
    }
  }
}
