/**
 * Messages of a registration that is gone, and what was delivered long ago: removed piece by piece, because hundreds of thousands
 * in one transaction would keep every writer waiting for seconds. What remains to be done is stored, so a crash leaves nothing behind.
 */

import { iso } from '../../core/clock.ts';
import { DELIVERED_KEPT_MS } from '../../core/webhook.ts';
import { type Session, snapshot } from './session.ts';

/** Some milliseconds of the event loop, and of the write lock. */
const PIECE = 250;

interface SweepRow {
  webhook_id: string;
  /** Why its messages die; null: they go with it. */
  reason: string | null;
}

export interface Sweep {
  /** Inside a verb: the messages of a registration go with it, or die of a reason; the first of them at once. */
  readonly begin: (of: SweepRow) => void;
  /** Inside a verb: one more piece of it; false when there was none left that can go now. */
  readonly goOn: (webhook_id: string) => boolean;
  /** Inside a verb: what is left of it stays. */
  readonly end: (webhook_id: string) => void;
}

/**
 * Whether anything of a sweep can go. What is under way cannot: its receiver may be taking it just now, and then it was delivered;
 * nor is it over before that is.
 */
const CAN_GO = `(reason IS NULL
  OR EXISTS (SELECT 1 FROM deliveries WHERE deliveries.webhook_id = webhook_sweeps.webhook_id AND status <> 'delivered'
    AND status = 'pending' AND (lease_holder IS NULL OR available_at <= @now))
  OR NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.webhook_id = webhook_sweeps.webhook_id AND status <> 'delivered'
    AND status = 'pending'))`;

export function prepareSweep(session: Session): Sweep {
  const { db, clock } = session;
  const piece = preparePiece(session);
  const begin = db.prepare<object>(
    `INSERT INTO webhook_sweeps (webhook_id, reason) VALUES (@webhook_id, @reason)
     ON CONFLICT (webhook_id) DO UPDATE SET reason = excluded.reason`,
  );
  const begun = db.prepare<object, SweepRow>(
    `SELECT webhook_id, reason FROM webhook_sweeps WHERE webhook_id = @webhook_id AND ${CAN_GO}`,
  );
  const end = db.prepare<[string]>('DELETE FROM webhook_sweeps WHERE webhook_id = ?');
  return {
    begin: (of) => {
      begin.run(of);
      piece(of);
    },
    goOn: (webhook_id) => {
      const of = begun.get({ webhook_id, now: iso(clock.now()) });
      if (of !== undefined) piece(of);
      return of !== undefined;
    },
    end: (webhook_id) => {
      end.run(webhook_id);
    },
  };
}

/** One piece of one registration; true when there may be more. */
function preparePiece({ db, clock }: Session): (of: SweepRow) => boolean {
  const forget = db.prepare<[string, number]>(
    'DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE webhook_id = ? LIMIT ?)',
  );
  const bury = db.prepare<object>(
    `UPDATE deliveries SET status = 'dead', available_at = NULL, set_at = NULL, lease_holder = NULL,
       last_error = coalesce(last_error, @reason)
     WHERE id IN (SELECT id FROM deliveries
       WHERE webhook_id = @webhook_id AND status <> 'delivered' AND status = 'pending'
         AND (lease_holder IS NULL OR available_at <= @now) LIMIT @limit)`,
  );
  const done = db.prepare<[string]>(
    `DELETE FROM webhook_sweeps WHERE webhook_id = ? AND NOT EXISTS (SELECT 1 FROM deliveries
       WHERE deliveries.webhook_id = webhook_sweeps.webhook_id AND status <> 'delivered' AND status = 'pending')`,
  );
  return ({ webhook_id, reason }) => {
    const now = iso(clock.now());
    const { changes } =
      reason === null ? forget.run(webhook_id, PIECE) : bury.run({ webhook_id, reason, now, limit: PIECE });
    if (changes < PIECE) done.run(webhook_id);
    return changes === PIECE;
  };
}

/** The verb that removes one piece of anything. */
export function sweepVerb(session: Session): () => Promise<boolean> {
  const { db, writer, clock } = session;
  const piece = preparePiece(session);
  const begun = db.prepare<object, SweepRow>(`SELECT webhook_id, reason FROM webhook_sweeps WHERE ${CAN_GO} LIMIT 1`);
  const next = (): SweepRow | undefined => begun.get({ now: iso(clock.now()) });
  const old = "status = 'delivered' AND delivered_at < ?";
  const isOld = db.prepare<[string], 1>(`SELECT 1 FROM deliveries WHERE ${old} LIMIT 1`).pluck();
  const drop = db.prepare<[string, number]>(
    `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ${old} LIMIT ?)`,
  );
  const before = (): string => iso(clock.now() - DELIVERED_KEPT_MS);
  const isAnything = (): boolean => next() !== undefined || isOld.get(before()) !== undefined;
  const take = (): boolean => {
    const of = next();
    if (of === undefined) return drop.run(before(), PIECE).changes === PIECE;
    // Behind the last piece of one there may be another registration, or what is old.
    return piece(of) || isAnything();
  };
  // Looks before it asks for the write lock, which it must not take at every turn.
  return async () => (await snapshot(session, isAnything)) && (await writer.write(take));
}
