/**
 * Signs of life of one attempt of a step: progress it reports, calls begun and settled, pieces of a stream, what it writes. How
 * long none has come is counted in time that this process was awake for, never by the clock alone.
 */

import type { CallRequest, Sign } from '../core/call.ts';
import { type Clock, iso } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Json } from '../core/json.ts';

/** How long after its own limit a call is still left to whoever makes it, who tells better what is wrong. */
const OWN_WORD_MS = 15_000;

/** What a silence is told with in events: `activity` for people, `silent_since` while it lasts. */
type Told = { readonly activity: string; readonly silent_since?: string } & { readonly [key: string]: Json };

/** A silence, for whoever counts them. */
export interface Silence {
  /** It is named first. Then its attempt is given up, where another is left. */
  readonly kind: 'named' | 'given_up';
  readonly task_id: string;
  readonly step_id: string;
  readonly agent_id: string | null;
  readonly silent_ms: number;
}

export interface Watched extends Pick<Silence, 'task_id' | 'step_id' | 'agent_id'> {
  /**
   * Whether the step is begun again when this attempt is given up. The last one is left to its time limit, at which an agent
   * brings home what it noted.
   */
  readonly again: boolean;
  /** Records it in the workflow's events; waited for by nobody. */
  readonly tell: (data: Told) => void;
  readonly giveUp: (fault: Fault) => void;
  /** Once it is aborted, nothing that still comes is a sign: what was under way is being given up. */
  readonly signal: AbortSignal;
}

interface PulseParts {
  readonly clock: Clock;
  /** Milliseconds after which a silence is named; after twice that it is acted upon. */
  readonly silence_ms: number;
  readonly silent: (silence: Silence) => void;
  readonly ended: () => void;
}

/** What signs come of: a call, or what the attempt does outside of any. */
interface Line {
  /** When its last sign came. */
  since: number;
  silent_ms: number;
  /** Whether a sign came since the last look. */
  fresh: boolean;
  /** Whether it stands in a queue of the provider. */
  queued: boolean;
  /** Longest it gives no sign by limits of its own, milliseconds; 0 where it has none. */
  readonly quiet_ms: number;
}

interface Under extends Line, Pick<CallRequest, 'name'> {}

export class Pulse {
  readonly #parts: PulseParts;
  readonly #watched: Watched;
  /** Each has a silence of its own: what another one waits for, or hears, says nothing of one that hangs. */
  readonly #calls = new Set<Under>();
  readonly #outside: Line;
  /** Waits for others: for room in the budget, for a provider that asked for time. */
  #waits = 0;
  #named = false;

  constructor(parts: PulseParts, watched: Watched) {
    this.#parts = parts;
    this.#watched = watched;
    this.#outside = this.#line();
  }

  /** A sign came, and of which call nobody knows. */
  heard(): void {
    this.#hear(this.#lines());
  }

  /** Waits for others are no silence: who is waited for is watched, too, or has said how long. */
  async waits<T>(waiting: Promise<T>): Promise<T> {
    this.#waits += 1;
    try {
      return await waiting;
    } finally {
      this.#waits -= 1;
      this.#hear([this.#outside]);
    }
  }

  /** A call is made. `sign`: told by whoever makes it. */
  call({ name, quiet_ms = 0 }: Pick<CallRequest, 'name' | 'quiet_ms'>): {
    readonly sign: (sign: Sign) => void;
    readonly ended: () => void;
  } {
    const under: Under = { ...this.#line(), name, quiet_ms };
    this.#hear([this.#outside]);
    this.#calls.add(under);
    return {
      sign: (sign) => {
        under.queued = sign === 'queued';
        // A late word of a call that has ended says nothing of what is under way.
        if (this.#calls.has(under)) this.#hear([under]);
      },
      ended: () => {
        this.#hear([under, this.#outside]);
        this.#calls.delete(under);
      },
    };
  }

  /** So much time has passed since the last look, for a process that was awake. Where a sign came meanwhile it counts nothing. */
  passed(ms: number): void {
    const now = this.#parts.clock.now();
    for (const line of this.#lines()) {
      const excused = this.#excused(line);
      line.silent_ms = line.fresh || excused ? 0 : line.silent_ms + ms;
      if (excused) line.since = now;
      line.fresh = false;
    }
  }

  /** Names a silence that has become too long, and gives the attempt up where that was not enough. */
  judge(): void {
    if (this.#watched.signal.aborted) return;
    const { silence_ms } = this.#parts;
    const { silent_ms } = this.#longest();
    if (silent_ms >= silence_ms && !this.#named) this.#name();
    if (!this.#watched.again || !this.#lines().some((line) => line.silent_ms >= this.#patienceWith(line))) return;
    const fault = this.#fault();
    this.#tellOf('given_up');
    this.#watched.giveUp(fault);
  }

  /** What a failure is told as: where time ran out on a silence that was named, that is what was wrong. */
  blamed(fault: Fault): Fault {
    return fault.code === 'STEP_TIMEOUT' && this.#named ? this.#fault() : fault;
  }

  /** The attempt is over. */
  end(): void {
    this.#parts.ended();
  }

  #line(): Line {
    return { since: this.#parts.clock.now(), silent_ms: 0, fresh: true, queued: false, quiet_ms: 0 };
  }

  #lines(): readonly Line[] {
    return [this.#outside, ...this.#calls];
  }

  /** By its own limit and nobody else's: what another call may take says nothing of one that hangs. */
  #patienceWith({ quiet_ms }: Line): number {
    return Math.max(2 * this.#parts.silence_ms, quiet_ms === 0 ? 0 : quiet_ms + OWN_WORD_MS);
  }

  /** The one that has been silent longest. */
  #longest(): Line {
    return this.#lines().reduce((longest, line) => (line.silent_ms > longest.silent_ms ? line : longest));
  }

  #hear(lines: readonly Line[]): void {
    if (this.#watched.signal.aborted) return;
    const seconds = this.#seconds();
    const now = this.#parts.clock.now();
    for (const line of lines) Object.assign(line, { since: now, silent_ms: 0, fresh: true });
    if (!this.#named || this.#longest().silent_ms >= this.#parts.silence_ms) return;
    this.#named = false;
    this.#watched.tell({ activity: `at work again after ${seconds} s of silence`, silent_for_seconds: seconds });
  }

  /**
   * A call in a queue; and outside of calls whoever waits for one or for others, and what no agent does: reading and indexing
   * may be silent as long as their step may.
   */
  #excused(line: Line): boolean {
    if (line !== this.#outside) return line.queued;
    return this.#calls.size > 0 || this.#waits > 0 || this.#watched.agent_id === null;
  }

  #name(): void {
    this.#named = true;
    const since = iso(this.#longest().since);
    this.#tellOf('named');
    this.#watched.tell({ activity: `silent since ${since}${this.#waitingFor(', waiting')}`, silent_since: since });
  }

  #tellOf(kind: Silence['kind']): void {
    const { task_id, step_id, agent_id } = this.#watched;
    this.#parts.silent({ kind, task_id, step_id, agent_id, silent_ms: this.#longest().silent_ms });
  }

  #fault(): Fault {
    const waiting = this.#waitingFor(' while it waited');
    return new Fault('AGENT_SILENT', `${this.#watched.step_id} gave no sign for ${this.#seconds()} s${waiting}`);
  }

  #waitingFor(how: string): string {
    const silent = Array.from(this.#calls).filter(({ silent_ms }) => silent_ms >= this.#parts.silence_ms);
    const names = [...new Set(silent.map(({ name }) => name))].sort();
    return names.length === 0 ? '' : `${how} for ${names.join(', ')}`;
  }

  #seconds(): number {
    return Math.round(this.#longest().silent_ms / 1000);
  }
}
