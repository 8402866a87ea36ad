/** Finds what could have its turn (places.ts), some owners and lanes at a time; what is not due is not looked at. */

import { iso } from '../../core/clock.ts';
import type { DeliveryClaim } from '../webhooks.ts';
import type { Places, WaitingRow } from './places.ts';
import type { Session } from './session.ts';

/** Owners gone through in one look: thousands of them that all wait for one full host must not take the time of everybody else. */
const OWNERS = 250;
/** Messages of an owner whose hosts are looked at in the order of time. Where as many are due, its lanes are gone through. */
const FIRST = 32;
/** Lanes gone through in one look, of all owners: ten thousand hosts of one must not take the time of all others. */
const LANES = 500;
/** Of one owner, however many of them have as much to deliver. */
const LEAST_LANES = 16;
const NEXT_LOOK_MS = 1000;
/** Owners of which it is known where the last look at their lanes stopped. One that is forgotten begins with its first lane. */
const REMEMBERED = 1000;

interface Found {
  /** What is due and has a place, of every lane as many as it has places for. */
  readonly rows: readonly WaitingRow[];
  /** When something of an owner with a place falls due that is not yet, or when there is more to look at. */
  readonly next: string | null;
}

interface Candidates {
  readonly of: (places: Places, request: DeliveryClaim) => Found;
  /** Of those found before the ones that still are. */
  readonly again: (ids: readonly number[], request: DeliveryClaim) => readonly WaitingRow[];
  /** The next look begins where the last one stopped. */
  readonly goOn: () => void;
}

/** How messages are found: each statement steps to what it shows, over nothing that is not due. */
const NEXT_OWNER = `SELECT owner, available_at FROM deliveries WHERE available_at IS NOT NULL AND owner > @owner
  ORDER BY owner, available_at LIMIT 1`;
const NEXT_LANE = `SELECT host, available_at FROM deliveries WHERE available_at IS NOT NULL AND owner = +@owner AND host > @host
  ORDER BY host, available_at LIMIT 1`;
const LATER = `SELECT available_at FROM deliveries WHERE owner = +@owner AND available_at > @now ORDER BY available_at LIMIT 1`;
const HOSTS = `SELECT host FROM deliveries WHERE owner = +@owner AND available_at <= @now ORDER BY available_at LIMIT +@limit`;
// A registration that is gone or disabled takes nothing, though messages of it may not be removed yet. What this process has under
// way is its own, whatever its clock says of the lease.
const DUE = `SELECT deliveries.id, delivery_id, webhook_id, deliveries.owner, deliveries.host,
    deliveries.task_id, seq, refusals, available_at, waits_since, url, secret, former_secret, former_until
  FROM deliveries CROSS JOIN webhooks USING (webhook_id)
  WHERE available_at <= @now AND disabled_at IS NULL
    AND (lease_holder IS NOT @holder OR delivery_id NOT IN (SELECT value FROM json_each(@held)))`;
export const CLAIM_SQL = {
  next_owner: NEXT_OWNER,
  next_lane: NEXT_LANE,
  later: LATER,
  hosts: HOSTS,
  of_lane: `${DUE} AND deliveries.owner = +@owner AND deliveries.host = +@host ORDER BY available_at, deliveries.id LIMIT +@limit`,
  again: `${DUE} AND deliveries.id IN (SELECT value FROM json_each(@ids))`,
} as const;

type Store = Pick<Session, 'db' | 'clock'>;

interface Step {
  readonly owner: string;
  readonly host: string;
  readonly available_at: string;
}

/** Steps through an order from behind a point, once around. */
function* around(
  key: 'owner' | 'host',
  from: string,
  next: (after: string) => Step | undefined,
): Generator<Step, undefined> {
  for (let at = next(from); at !== undefined; at = next(at[key])) yield at;
  if (from === '') return;
  for (let at = next(''); at !== undefined && at[key] <= from; at = next(at[key])) yield at;
}

/** The lanes of owners that have more due than is looked at in one go, some at a time, so that each has its turn. */
function prepareLanes({ db }: Store) {
  const nextLane = db.prepare<object, Step>(CLAIM_SQL.next_lane);
  /** The host behind which a look begins, and where the last one stopped. */
  const begins = new Map<string, string>();
  const stopped = new Map<string, string>();
  /** Those with something due, as many as could get a place: once around, and at most so many steps. */
  const through = (owner: string, { now, steps, most, hasPlace }: LaneLook): readonly string[] => {
    const hosts: string[] = [];
    let step = 0;
    for (const lane of around('host', begins.get(owner) ?? '', (host) => nextLane.get({ owner, host }))) {
      if (lane.available_at <= now && hasPlace(lane.host)) hosts.push(lane.host);
      step += 1;
      if (step < steps && hosts.length < most) continue;
      stopped.set(owner, lane.host);
      break;
    }
    return hosts;
  };
  const goOn = (): void => {
    for (const [owner, host] of stopped) {
      begins.delete(owner);
      begins.set(owner, host);
    }
    stopped.clear();
    for (const owner of begins.keys()) {
      if (begins.size <= REMEMBERED) return;
      begins.delete(owner);
    }
  };
  return { through, goOn, isMore: (): boolean => stopped.size > 0, anew: () => stopped.clear() };
}

/** Owners that have something to be delivered, now or later, and a place for it: some at a time, so that each is looked at. */
function prepareOwners({ db }: Store) {
  const nextOwner = db.prepare<object, Step>(CLAIM_SQL.next_owner);
  let begin = '';
  let stopped: string | null = null;
  const withPlace = (places: Places): readonly Step[] => {
    const owners: Step[] = [];
    let step = 0;
    stopped = null;
    for (const at of around('owner', begin, (owner) => nextOwner.get({ owner }))) {
      if (places.hasOwner(at.owner)) owners.push(at);
      step += 1;
      if (step < OWNERS) continue;
      stopped = at.owner;
      break;
    }
    return owners;
  };
  const goOn = (): void => {
    begin = stopped ?? begin;
    stopped = null;
  };
  return { withPlace, goOn, isMore: (): boolean => stopped !== null };
}

interface LaneLook {
  readonly now: string;
  readonly steps: number;
  readonly most: number;
  readonly hasPlace: (host: string) => boolean;
}

export function prepareCandidates(store: Store): Candidates {
  const { db, clock } = store;
  const lanes = prepareLanes(store);
  const owners = prepareOwners(store);
  const later = db.prepare<object, string>(CLAIM_SQL.later).pluck();
  const hostsOf = db.prepare<object, string>(CLAIM_SQL.hosts).pluck();
  const ofLane = db.prepare<object, WaitingRow>(CLAIM_SQL.of_lane);
  const still = db.prepare<object, WaitingRow>(CLAIM_SQL.again);

  const fromOf = ({ holder, busy }: DeliveryClaim): From => {
    const held = JSON.stringify(busy.map(({ delivery_id }) => delivery_id));
    return { now: iso(clock.now()), holder, held };
  };
  const untried = (places: Places, from: From): readonly WaitingRow[] => {
    const rows = new Map<string, readonly WaitingRow[]>();
    for (const { owner, host } of places.untried) {
      if ((rows.get(owner) ?? []).length === 0) rows.set(owner, ofLane.all({ ...from, owner, host, limit: 1 }));
    }
    return [...rows.values()].flat();
  };
  const dueOf = (
    owner: string,
    look: { readonly places: Places; readonly from: From; readonly steps: number; readonly most: number },
  ) => {
    const { places, from, steps, most } = look;
    const placesOf = (host: string): number => places.of({ owner, host });
    const hasPlace = (host: string): boolean => placesOf(host) > 0;
    const first = hostsOf.all({ owner, now: from.now, limit: FIRST });
    const more = first.length < FIRST ? [] : lanes.through(owner, { now: from.now, steps, most, hasPlace });
    const hosts = new Set([...[...new Set(first)].filter(hasPlace), ...more]);
    return [...hosts].flatMap((host) => ofLane.all({ ...from, owner, host, limit: placesOf(host) }));
  };
  const of = (places: Places, request: DeliveryClaim): Found => {
    lanes.anew();
    const from = fromOf(request);
    const { now } = from;
    const seen = owners.withPlace(places);
    const due = seen.filter(({ available_at }) => available_at <= now);
    const share = 1 / Math.max(1, due.length);
    const steps = Math.max(LEAST_LANES, Math.floor(LANES * share));
    const most = Math.min(places.most.ofOne, Math.ceil(2 * places.most.owners * share));
    const rows = new Map(untried(places, from).map((row) => [row.id, row]));
    let having = 0;
    // Who has least under way comes first, and no more of them are looked at than there are places for.
    for (const { owner } of due.toSorted((one, other) => before(places, one, other))) {
      if (having === places.most.owners) break;
      const found = dueOf(owner, { places, from, steps, most });
      for (const row of found) rows.set(row.id, row);
      if (found.length > 0) having += 1;
    }
    const times = seen.map((at) => (at.available_at > now ? at.available_at : later.get({ owner: at.owner, now })));
    if (lanes.isMore() || owners.isMore()) times.push(iso(clock.now() + NEXT_LOOK_MS));
    const [next = null] = times.filter((time) => time !== undefined).toSorted();
    return { rows: [...rows.values()], next };
  };
  const goOn = (): void => {
    lanes.goOn();
    owners.goOn();
  };
  return { of, again: (ids, request) => still.all({ ...fromOf(request), ids: JSON.stringify(ids) }), goOn };
}

interface From {
  readonly now: string;
  readonly holder: string;
  readonly held: string;
}

function before(places: Places, one: Step, other: Step): number {
  const order = places.underWay(one.owner) - places.underWay(other.owner);
  if (order !== 0 || one.available_at === other.available_at) return order;
  return one.available_at < other.available_at ? -1 : 1;
}
