/**
 * Whose turn it is. Messages of one owner to one host are a lane; owners take turns, and lanes of an owner, so that neither who has
 * many messages nor whose hosts hang keeps another one waiting for longer than an attempt takes.
 */

import type { DeliveryClaim, Lane } from '../webhooks.ts';

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
  waits_since: string;
}

/** No host has a space in it. */
function keyOf({ owner, host }: Lane): string {
  return `${host} ${owner}`;
}

interface Turn {
  readonly row: WaitingRow;
  readonly key: string;
}

/** What may be begun beside what is under way. */
export class Places {
  readonly #claim: DeliveryClaim;
  /** Each with its place in the order in which they were tried, the one that waits longest first. */
  readonly #failing: ReadonlyMap<string, number>;
  readonly #owners = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #lanes = new Map<string, number>();
  /** Owners of which a lane that fails is under way. */
  readonly #tried = new Set<string>();
  #all = 0;
  #ofFailing = 0;

  constructor(claim: DeliveryClaim) {
    this.#claim = claim;
    this.#failing = new Map(claim.failing.map((lane, at) => [keyOf(lane), at]));
    for (const lane of claim.busy) this.#take(lane);
  }

  get any(): boolean {
    return this.#all < this.#claim.limits.in_all;
  }

  /** As many messages of one owner, and owners, as there may be. */
  get most(): { readonly ofOne: number; readonly owners: number } {
    return { ofOne: this.#claim.limits.per_owner, owners: this.#claim.limits.in_all };
  }

  hasOwner(owner: string): boolean {
    return this.any && this.underWay(owner) < this.#claim.limits.per_owner;
  }

  underWay(owner: string): number {
    return this.#owners.get(owner) ?? 0;
  }

  /** How many more of a lane may be begun. Of the places for lanes that fail no owner takes the last but for its first one. */
  of(lane: Lane): number {
    const { per_host, failing } = this.#claim.limits;
    if (!this.hasOwner(lane.owner)) return 0;
    const key = keyOf(lane);
    const room = Math.max(0, per_host - (this.#hosts.get(lane.host) ?? 0));
    if (!this.#failing.has(key)) return room;
    const kept = this.#tried.has(lane.owner) ? 1 : 0;
    return this.#lanes.has(key) || this.#ofFailing >= failing - kept ? 0 : Math.min(room, 1);
  }

  /** Lanes that fail, of owners of which none is tried at the moment: those that wait longest first. */
  get untried(): readonly Lane[] {
    return this.#claim.failing.filter((lane) => !this.#tried.has(lane.owner) && this.of(lane) > 0);
  }

  /** Those that are to be begun, each of which takes its place. */
  choose(due: readonly WaitingRow[]): readonly WaitingRow[] {
    const left = new Set(due.map((row): Turn => ({ row, key: keyOf(row) })));
    const chosen: WaitingRow[] = [];
    for (;;) {
      let best: Turn | undefined;
      for (const turn of left) {
        // There is no more room later than there is now.
        if (this.of(turn.row) === 0) left.delete(turn);
        else if (best === undefined || this.#isBefore(turn, best)) best = turn;
      }
      if (best === undefined) return chosen;
      left.delete(best);
      this.#take(best.row);
      chosen.push(best.row);
    }
  }

  /**
   * One lane that fails of each owner goes first: it is found to answer again by being tried alone, and whoever has more to send
   * would else come before it for ever. Then who has least under way, lanes that answer, the lane that has least, and who waits longest.
   */
  #isBefore(one: Turn, other: Turn): boolean {
    const order =
      this.#isLater(one) - this.#isLater(other) ||
      (this.#isLater(one) === 0 ? 0 : this.underWay(one.row.owner) - this.underWay(other.row.owner)) ||
      (this.#failing.has(one.key) ? 1 : 0) - (this.#failing.has(other.key) ? 1 : 0) ||
      (this.#lanes.get(one.key) ?? 0) - (this.#lanes.get(other.key) ?? 0) ||
      (this.#failing.get(one.key) ?? 0) - (this.#failing.get(other.key) ?? 0);
    if (order !== 0) return order < 0;
    const [at, than] = [one.row.available_at, other.row.available_at];
    return at === than ? one.row.id < other.row.id : at < than;
  }

  #isLater({ row, key }: Turn): 0 | 1 {
    return this.#failing.has(key) && !this.#tried.has(row.owner) ? 0 : 1;
  }

  #take(lane: Lane): void {
    const key = keyOf(lane);
    this.#all += 1;
    this.#owners.set(lane.owner, this.underWay(lane.owner) + 1);
    this.#hosts.set(lane.host, (this.#hosts.get(lane.host) ?? 0) + 1);
    this.#lanes.set(key, (this.#lanes.get(key) ?? 0) + 1);
    if (!this.#failing.has(key)) return;
    this.#ofFailing += 1;
    this.#tried.add(lane.owner);
  }
}
