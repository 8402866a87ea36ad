/** Finds what could have its turn (places.ts), some lanes at a time; what is not due is not looked at. */

import { iso } from '../../core/clock.ts';
import type { DeliveryClaim } from '../webhooks.ts';
import type { Places, WaitingRow } from './places.ts';
import type { Session } from './session.ts';

/** Messages of an owner looked at in the order of time. Where as many are due, its lanes are gone through. */
const FIRST = 32;
/** Lanes gone through in one look, of all owners: ten thousand hosts of one must not take the time of all others. */
const LANES = 500;
/** Of one owner, however many of them have as much to deliver. */
const LEAST_LANES = 16;
const NEXT_LANES_MS = 1000;

interface Found {
  /** What is due and has a place, of every lane as many as it has places for. */
  readonly rows: readonly WaitingRow[];
  /** When something of an owner with a place falls due that is not yet, or when there is more to look at. */
  readonly next: string | null;
}

interface Candidates {
  readonly of: (places: Places, request: DeliveryClaim) => Found;
  /** The next look begins where the last one stopped. */
  readonly goOn: () => void;
}

/** How messages are found: each statement steps to what it shows, over nothing that is not due. */
const NEXT_OWNER = `SELECT owner, available_at FROM deliveries WHERE available_at IS NOT NULL AND owner > @owner
  ORDER BY owner, available_at LIMIT 1`;
const NEXT_LANE = `SELECT host, available_at FROM deliveries WHERE available_at IS NOT NULL AND owner = @owner AND host > @host
  ORDER BY host, available_at LIMIT 1`;
const LATER = `SELECT available_at FROM deliveries WHERE owner = @owner AND available_at > @now ORDER BY available_at LIMIT 1`;
// A registration that is gone or disabled takes nothing, though messages of it may not be removed yet. What this process has under
// way is its own, whatever its clock says of the lease.
const DUE = `SELECT deliveries.id, delivery_id, webhook_id, deliveries.owner, deliveries.host,
    deliveries.task_id, seq, refusals, available_at, waits_since, url, secret, former_secret, former_until
  FROM deliveries CROSS JOIN webhooks USING (webhook_id)
  WHERE available_at <= @now AND disabled_at IS NULL AND deliveries.owner = @owner
    AND (lease_holder IS NOT @holder OR delivery_id NOT IN (SELECT value FROM json_each(@held)))`;
const ORDER = 'ORDER BY available_at, deliveries.id LIMIT @limit';
export const CLAIM_SQL = {
  next_owner: NEXT_OWNER,
  next_lane: NEXT_LANE,
  later: LATER,
  of_owner: `${DUE} ${ORDER}`,
  of_lane: `${DUE} AND deliveries.host = @host ${ORDER}`,
} as const;

interface Step {
  readonly owner: string;
  readonly host: string;
  readonly available_at: string;
}

/** The lanes of owners that have more due than is looked at in one go, some at a time, so that each has its turn. */
function prepareLanes({ db }: Session) {
  const nextLane = db.prepare<object, Step>(CLAIM_SQL.next_lane);
  /** The host behind which a look begins, and where the last one stopped. */
  const begins = new Map<string, string>();
  const stopped = new Map<string, string>();
  /** Those with something due, as many as could get a place: once around, and at most so many steps. */
  const through = (owner: string, look: LaneLook): readonly string[] => {
    const { now, steps, most, hasPlace } = look;
    const hosts: string[] = [];
    const from = begins.get(owner) ?? '';
    let host = from;
    let isAround = from === '';
    for (let step = 0; step < steps && hosts.length < most; step += 1) {
      let lane = nextLane.get({ owner, host });
      if (lane === undefined && !isAround) {
        isAround = true;
        lane = nextLane.get({ owner, host: '' });
      }
      if (lane === undefined || (isAround && from !== '' && lane.host > from)) return hosts;
      ({ host } = lane);
      if (lane.available_at <= now && hasPlace(host)) hosts.push(host);
    }
    stopped.set(owner, host);
    return hosts;
  };
  const goOn = (): void => {
    for (const [owner, host] of stopped) begins.set(owner, host);
    stopped.clear();
  };
  return { through, goOn, isMore: (): boolean => stopped.size > 0, anew: () => stopped.clear() };
}

interface LaneLook {
  readonly now: string;
  readonly steps: number;
  readonly most: number;
  readonly hasPlace: (host: string) => boolean;
}

export function prepareCandidates(session: Session): Candidates {
  const { db, clock } = session;
  const lanes = prepareLanes(session);
  const nextOwner = db.prepare<object, Step>(CLAIM_SQL.next_owner);
  const later = db.prepare<object, string>(CLAIM_SQL.later).pluck();
  const ofOwner = db.prepare<object, WaitingRow>(CLAIM_SQL.of_owner);
  const ofLane = db.prepare<object, WaitingRow>(CLAIM_SQL.of_lane);

  const ownersWithPlace = (places: Places): Step[] => {
    const owners: Step[] = [];
    for (let at = nextOwner.get({ owner: '' }); at !== undefined; at = nextOwner.get({ owner: at.owner })) {
      if (places.hasOwner(at.owner)) owners.push(at);
    }
    return owners;
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
    const first = ofOwner.all({ ...from, owner, limit: FIRST });
    const hasPlace = (host: string): boolean => placesOf(host) > 0;
    const more = { now: from.now, steps, most, hasPlace };
    const hosts = first.length < FIRST ? [] : lanes.through(owner, more);
    const ofLanes = hosts.flatMap((host) => ofLane.all({ ...from, owner, host, limit: placesOf(host) }));
    return [...first.filter(({ host }) => hasPlace(host)), ...ofLanes];
  };
  const of = (places: Places, { holder, busy }: DeliveryClaim): Found => {
    lanes.anew();
    const now = iso(clock.now());
    const from = { now, holder, held: JSON.stringify(busy.map(({ delivery_id }) => delivery_id)) };
    const owners = ownersWithPlace(places);
    const due = owners.filter(({ available_at }) => available_at <= now);
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
    const times = owners.map((at) => (at.available_at > now ? at.available_at : later.get({ owner: at.owner, now })));
    if (lanes.isMore()) times.push(iso(clock.now() + NEXT_LANES_MS));
    const [next = null] = times.filter((time) => time !== undefined).toSorted();
    return { rows: [...rows.values()], next };
  };
  return { of, goOn: lanes.goOn };
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
