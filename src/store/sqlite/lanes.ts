/**
 * Whose turn it is. Messages of one owner to one host are a lane; owners take turns, and lanes of an owner, so that neither who has
 * many messages nor whose hosts hang keeps another one waiting for longer than an attempt takes.
 */

import { iso } from '../../core/clock.ts';
import type { DeliveryClaim, Lane } from '../webhooks.ts';
import type { Session } from './session.ts';

/** The first open message of a registration and workflow, with what it is signed with. */
export interface WaitingRow extends Lane {
  id: number;
  delivery_id: string;
  webhook_id: string;
  task_id: string;
  seq: number;
  refusals: number;
  available_at: string;
  url: string;
  secret: string;
  former_secret: string | null;
  former_until: string | null;
}

/** Messages of an owner looked at in the order of time. Where there are more, its lanes are gone through. */
const FIRST = 32;
/** Lanes of an owner gone through at a time: ten thousand hosts of one must not take the time of all others. */
const LANES = 500;
const NEXT_LANES_MS = 1000;

/** No host has a space in it. */
function keyOf({ owner, host }: Lane): string {
  return `${host} ${owner}`;
}

/** What may be begun beside what is under way. */
export class Places {
  readonly #claim: DeliveryClaim;
  readonly #failing: ReadonlySet<string>;
  readonly #owners = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #lanes = new Map<string, number>();
  #all = 0;
  #ofFailing = 0;

  constructor(claim: DeliveryClaim) {
    this.#claim = claim;
    this.#failing = new Set(claim.failing.map(keyOf));
    for (const lane of claim.busy) this.#take(lane);
  }

  get any(): boolean {
    return this.#all < this.#claim.limits.in_all;
  }

  hasOwner(owner: string): boolean {
    return this.any && (this.#owners.get(owner) ?? 0) < this.#claim.limits.per_owner;
  }

  /** How many more of a lane may be begun. */
  of(lane: Lane): number {
    const { per_host, failing } = this.#claim.limits;
    if (!this.hasOwner(lane.owner)) return 0;
    const key = keyOf(lane);
    const room = Math.max(0, per_host - (this.#hosts.get(lane.host) ?? 0));
    if (!this.#failing.has(key)) return room;
    return this.#lanes.has(key) || this.#ofFailing >= failing ? 0 : Math.min(room, 1);
  }

  /** The one that is to be begun, which takes its place; undefined when there is none that has a place. */
  next(due: readonly WaitingRow[]): WaitingRow | undefined {
    let best: { readonly row: WaitingRow; readonly rank: readonly (number | string)[] } | undefined;
    for (const row of due) {
      if (this.of(row) === 0) continue;
      const rank = this.#rankOf(row);
      if (best === undefined || isBefore(rank, best.rank)) best = { row, rank };
    }
    if (best !== undefined) this.#take(best.row);
    return best?.row;
  }

  /** Lanes that answer first, then who has least under way, then the lane that has, then who waits longest. */
  #rankOf(row: WaitingRow): readonly (number | string)[] {
    const key = keyOf(row);
    return [
      this.#failing.has(key) ? 1 : 0,
      this.#owners.get(row.owner) ?? 0,
      this.#lanes.get(key) ?? 0,
      row.available_at,
      row.id,
    ];
  }

  #take(lane: Lane): void {
    const key = keyOf(lane);
    this.#all += 1;
    this.#owners.set(lane.owner, (this.#owners.get(lane.owner) ?? 0) + 1);
    this.#hosts.set(lane.host, (this.#hosts.get(lane.host) ?? 0) + 1);
    this.#lanes.set(key, (this.#lanes.get(key) ?? 0) + 1);
    if (this.#failing.has(key)) this.#ofFailing += 1;
  }
}

function isBefore(one: readonly (number | string)[], other: readonly (number | string)[]): boolean {
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? value;
    if (value !== against) return value < against;
  }
  return false;
}

interface Found {
  /** Of every lane with a place as many as it has places for, due or not. */
  readonly rows: readonly WaitingRow[];
  /** When one of them falls due, or when there is more to look at. */
  readonly earliest: string | null;
}

interface Candidates {
  readonly of: (places: Places) => Found;
  /** The next look begins where the last one stopped. */
  readonly goOn: () => void;
}

export function prepareCandidates({ db, clock }: Session): Candidates {
  const nextOwner = db
    .prepare<[string], string>('SELECT min(owner) FROM deliveries WHERE available_at IS NOT NULL AND owner > ?')
    .pluck();
  const nextHost = db
    .prepare<[string, string], string>(
      'SELECT min(host) FROM deliveries WHERE available_at IS NOT NULL AND owner = ? AND host > ?',
    )
    .pluck();
  // A registration that is gone or disabled takes nothing, though messages of it may not be removed yet.
  const waiting = `SELECT deliveries.id, delivery_id, webhook_id, deliveries.owner, deliveries.host,
      deliveries.task_id, seq, refusals, available_at, url, secret, former_secret, former_until
    FROM deliveries CROSS JOIN webhooks USING (webhook_id)
    WHERE available_at IS NOT NULL AND disabled_at IS NULL AND deliveries.owner = @owner`;
  const order = 'ORDER BY available_at, deliveries.id LIMIT @limit';
  const ofOwner = db.prepare<object, WaitingRow>(`${waiting} ${order}`);
  const ofLane = db.prepare<object, WaitingRow>(`${waiting} AND deliveries.host = @host ${order}`);
  /** Of owners with more lanes than are looked at in one go: the host behind which a look begins, and where the last one stopped. */
  const begins = new Map<string, string>();
  const stopped = new Map<string, string>();

  const throughLanes = (owner: string, places: Places): readonly WaitingRow[] => {
    const rows: WaitingRow[] = [];
    let host = nextHost.get(owner, begins.get(owner) ?? '') ?? null;
    for (let lanes = 1; host !== null && lanes <= LANES; lanes += 1) {
      const limit = places.of({ owner, host });
      if (limit > 0) rows.push(...ofLane.all({ owner, host, limit }));
      if (lanes === LANES) stopped.set(owner, host);
      host = nextHost.get(owner, host) ?? null;
    }
    return rows;
  };
  const of = (places: Places): Found => {
    stopped.clear();
    const rows: WaitingRow[] = [];
    const owners: string[] = [];
    for (let owner = nextOwner.get('') ?? null; owner !== null; owner = nextOwner.get(owner) ?? null) {
      if (places.hasOwner(owner)) owners.push(owner);
    }
    for (const owner of owners) {
      const first = ofOwner.all({ owner, limit: FIRST });
      rows.push(...(first.length < FIRST ? first.filter((row) => places.of(row) > 0) : throughLanes(owner, places)));
    }
    const times = rows.map(({ available_at }) => available_at);
    if (stopped.size > 0) times.push(iso(clock.now() + NEXT_LANES_MS));
    return { rows, earliest: times.toSorted()[0] ?? null };
  };
  const goOn = (): void => {
    begins.clear();
    for (const [owner, host] of stopped) begins.set(owner, host);
  };
  return { of, goOn };
}
