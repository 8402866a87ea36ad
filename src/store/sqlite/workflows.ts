/** Workflows: submission, leases, stop. Their pauses, end, lists and erasure are next door. */

import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Stop, Workflow } from '../../core/workflow.ts';
import { genesisHash, newSalt } from '../chain.ts';
import type { OpenWorkflows } from '../selection.ts';
import type {
  Admission,
  Claimant,
  Claimed,
  ClaimRequest,
  Created,
  Lapse,
  Renewal,
  Submission,
  WorkflowVerbs,
} from '../store.ts';
import { prepareGivingUp } from './calls.ts';
import { erasureVerbs } from './erasure.ts';
import { prepareFinish } from './finish.ts';
import { listVerbs } from './listing.ts';
import { pauseVerbs } from './pause.ts';
import { prepareQuota } from './quota.ts';
import { INTACT, stored, toListed, toWorkflow, WAITING, type WorkflowRow } from './rows.ts';
import { prepareSearch } from './search.ts';
import { appendEvents, held, known, read, type Session } from './session.ts';
import { standingVerbs } from './standing.ts';
import { prepareStop } from './stop.ts';
import { prepareSubmitted } from './webhooks.ts';

/** Running, and somebody works on it. */
const ACTIVE = `status = 'running' AND lease_holder IS NOT NULL AND lease_expires_at > @expired_by
  AND lease_holder NOT IN (SELECT value FROM json_each(@dead))`;
/**
 * Running, but nobody works on it: its lease was given back, has expired, or belongs to a dead process. One that waits for
 * a person is not to be worked on, unless it is to stop.
 */
const ORPHANED = `status = 'running' AND (lease_holder IS NULL OR lease_expires_at <= @expired_by
  OR lease_holder IN (SELECT value FROM json_each(@dead))) AND (phase <> 'awaiting_approval' OR stop IS NOT NULL)`;
/**
 * Can be taken up: an orphan, or one that waits; while there is a place for it. One that is to stop only needs writing up
 * and waits for no place. A damaged row is left alone: whoever took it could only fail, and the queue behind it would wait.
 */
const CLAIMABLE = `task_id = coalesce(@task_id, task_id) AND (stop IS NOT NULL OR @active < @max_active)
  AND (status = 'pending' OR (${ORPHANED}))
  AND ${INTACT}`;
const COUNT_ACTIVE = `SELECT count(*) FROM workflows WHERE ${ACTIVE}`;
const NONE_OPEN: OpenWorkflows = { queued: 0, running: 0, awaiting_approval: 0 };
const OPEN = `SELECT coalesce(sum(status = 'pending'), 0) AS queued,
    coalesce(sum(status = 'running' AND phase <> 'awaiting_approval'), 0) AS running,
    coalesce(sum(status = 'running' AND phase = 'awaiting_approval'), 0) AS awaiting_approval
  FROM workflows WHERE status IN ('pending', 'running')`;
const BY_KEY = 'SELECT * FROM workflows WHERE owner = ? AND idempotency_key = ?';

export function workflowVerbs(session: Session): WorkflowVerbs {
  const { db, writer } = session;
  const claim = prepareClaim(session);
  const create = prepareCreate(session, claim);
  const finish = prepareFinish(session);
  const heartbeat = prepareHeartbeat(session);
  const requestStop = prepareStop(session, finish);
  const release = db.prepare<[string, string]>(
    // When it was given back stays: from then on nobody worked.
    'UPDATE workflows SET lease_holder = NULL, lease_expires_at = ? WHERE task_id = ?',
  );
  return {
    ...workflowReaders(session),
    ...pauseVerbs(session),
    ...standingVerbs(session),
    ...listVerbs(session),
    ...erasureVerbs(session),
    create: (submission, admission, claimant) => writer.write(() => create(submission, admission, claimant)),
    // Looks before it asks for the write lock: an idle server must not take it every second.
    claim: async (request) =>
      (await read(session, () => claim.candidate(request))) === undefined
        ? null
        : writer.writeWhile(
            () => claim.take(request),
            () => claim.candidate(request) !== undefined,
          ),
    heartbeat: (renewals, lease_ms) => writer.write(() => heartbeat(renewals, lease_ms)),
    release: (hold) =>
      writer.write(() => {
        held(session, hold);
        release.run(iso(session.clock.now()), hold.task_id);
      }),
    requestStop: (task_id, wish) => writer.write(() => requestStop(task_id, wish)),
    finish: (hold, end) =>
      writer.write(() => {
        finish(hold, end);
        // What was paid for is kept, also where its row can no longer be read: whoever ends it works with what was read before.
        return toListed(known(session, hold.task_id));
      }),
  };
}

/** A lease that ran out only by a clock that was set in between is one that a living process has yet to renew. */
function lapsed(
  { clock }: Session,
  { dead, expired_by }: Lapse,
): { readonly dead: string; readonly expired_by: string } {
  return { dead: JSON.stringify(dead), expired_by: iso(Math.min(expired_by, clock.now())) };
}

function found(row: WorkflowRow | undefined): Workflow | null {
  return row === undefined ? null : toWorkflow(row);
}

type Readers = 'get' | 'open' | 'listed' | 'byKey' | 'interrupted' | 'holders' | 'stops';

function workflowReaders(session: Session): Pick<WorkflowVerbs, Readers> {
  const { db, statements } = session;
  const holders = db
    .prepare<[], string>(
      "SELECT DISTINCT lease_holder FROM workflows WHERE status = 'running' AND lease_holder IS NOT NULL",
    )
    .pluck();
  const byKey = db.prepare<[string, string], WorkflowRow>(BY_KEY);
  const open = db.prepare<[], OpenWorkflows>(OPEN);
  const interrupted = db.prepare<object, WorkflowRow>(
    `SELECT * FROM workflows WHERE ${ORPHANED} AND stop IS NULL AND owner = +@owner AND input_hash = +@input_hash
       AND ${INTACT}
     ORDER BY created_at DESC, rowid DESC LIMIT 1`,
  );
  const stops = db.prepare<[string], { task_id: string; stop: string }>(
    'SELECT task_id, stop FROM workflows WHERE json_valid(stop) AND task_id IN (SELECT value FROM json_each(?))',
  );
  return {
    open: () => read(session, () => open.get() ?? NONE_OPEN),
    get: (task_id) => read(session, () => found(statements.workflow.get(task_id))),
    listed: (task_id) =>
      read(session, () => {
        const row = statements.workflow.get(task_id);
        return row === undefined ? null : toListed(row);
      }),
    byKey: (owner, key) =>
      read(session, () => {
        const row = byKey.get(owner, key);
        return row === undefined ? null : { workflow: toWorkflow(row), input_hash: row.input_hash };
      }),
    interrupted: (owner, input_hash, lapse) =>
      read(session, () => found(interrupted.get({ owner, input_hash, ...lapsed(session, lapse) }))),
    holders: () => read(session, () => holders.all()),
    stops: (task_ids) =>
      read(session, () =>
        stops
          .all(JSON.stringify(task_ids))
          .map((row) => ({ task_id: row.task_id, stop: stored(row.task_id, row.stop) as Stop })),
      ),
  };
}

function prepareCreate(session: Session, claim: { take(request: ClaimRequest): Claimed | null }) {
  const { db, clock } = session;
  const byKey = db.prepare<[string, string], WorkflowRow>(BY_KEY);
  const active = db.prepare<{ expired_by: string; dead: string }, number>(COUNT_ACTIVE).pluck();
  const queued = db.prepare<[], number>(`SELECT count(*) FROM workflows WHERE ${WAITING}`).pluck();
  const insert = db.prepare(
    `INSERT INTO workflows (task_id, orchestrator_type, task, status, created_at, config, owner, title, phase,
       idempotency_key, input_hash, resumed_from, trace, salt)
     VALUES (@task_id, @orchestrator_type, @task, 'pending', @created_at, @config, @owner, @title, 'queued',
       @idempotency_key, @input_hash, @resumed_from, @trace, @salt)`,
  );
  const begin = db.prepare<[string, string, string]>('UPDATE workflows SET genesis = ?, head = ? WHERE task_id = ?');
  const search = prepareSearch(db);
  const tell = prepareSubmitted(session);
  const checkQuota = prepareQuota(session);
  return (submission: Submission, admission: Admission, claimant?: Claimant): Created => {
    const key = submission.idempotency_key;
    const earlier = key === null ? undefined : byKey.get(submission.owner, key);
    if (earlier !== undefined) {
      if (earlier.input_hash === submission.input_hash)
        return { workflow: toWorkflow(earlier), created: false, claimed: null };
      throw new Fault('IDEMPOTENCY_CONFLICT', `idempotency_key ${JSON.stringify(key)} belongs to ${earlier.task_id}`);
    }
    const now = iso(clock.now());
    const { max_active, max_queued, quota } = admission;
    if (quota !== undefined) checkQuota(submission, quota);
    const lapse = { dead: [], expired_by: claimant?.expired_by ?? clock.now() };
    const free = Math.max(0, max_active - (active.get(lapsed(session, lapse)) ?? 0));
    // Of a burst that nobody has claimed yet, those that have a place do not count against the queue.
    const pending = queued.get() ?? 0;
    const waiting = pending - free;
    if (waiting >= max_queued) {
      const wait = waiting === 1 ? '1 workflow waits' : `${Math.max(0, waiting)} workflows wait`;
      throw new Fault('QUEUE_FULL', `${wait} already for a place among the ${max_active} that may run at a time`);
    }
    const trace = submission.trace === null ? null : JSON.stringify(submission.trace);
    const { webhook: _told, ...columns } = submission;
    insert.run({ ...columns, config: JSON.stringify(submission.config), trace, created_at: now, salt: newSalt() });
    // Of the row as it was stored, which is not in every character what was handed in (session.ts).
    const row = known(session, submission.task_id);
    const genesis = genesisHash(row, row.salt);
    begin.run(genesis, genesis, row.task_id);
    search.add(row.task_id);
    const { task_id } = row;
    tell(row, { webhook: submission.webhook ?? null, from: row.resumed_from });
    // Others wait for a place, or for somebody to claim them, and come first.
    const claimed =
      claimant === undefined || pending > 0 ? null : claim.take({ ...claimant, task_id, max_active, dead: [] });
    return { workflow: claimed?.workflow ?? toWorkflow(row), created: true, claimed };
  };
}

function prepareClaim(session: Session) {
  const { db, clock } = session;
  const active = db.prepare<{ expired_by: string; dead: string }, number>(COUNT_ACTIVE).pluck();
  // To be stopped first, then the interrupted, then the queue in its order.
  const first = db.prepare<object, WorkflowRow>(
    `SELECT * FROM workflows WHERE status IN ('running', 'pending') AND ${CLAIMABLE}
     ORDER BY stop IS NULL, status = 'pending', created_at, rowid LIMIT 1`,
  );
  const take = db.prepare(
    `UPDATE workflows SET status = 'running', fence = fence + 1, lease_holder = @holder, lease_expires_at = @expires,
       started_at = coalesce(started_at, @now), deadline_at = @deadline,
       resumed = resumed + @resumed, phase = CASE WHEN phase = 'queued' THEN 'planning' ELSE phase END
     WHERE task_id = @task_id`,
  );
  const giveUp = prepareGivingUp(session);
  const lastEvent = db
    .prepare<[string], string>('SELECT timestamp FROM events WHERE task_id = ? ORDER BY seq DESC LIMIT 1')
    .pluck();
  /** Since when nobody has worked on an interrupted workflow, as far as its rows tell. */
  const quietSince = (row: WorkflowRow, request: ClaimRequest): number => {
    const { lease_holder, lease_expires_at, task_id } = row;
    if (lease_expires_at === null) return Date.parse(lastEvent.get(task_id) ?? row.created_at);
    const since = Date.parse(lease_expires_at);
    return lease_holder === null ? since : since - request.lease_ms;
  };
  const candidate = (request: ClaimRequest): WorkflowRow | undefined => {
    const at = lapsed(session, request);
    const { task_id = null, max_active } = request;
    return first.get({ ...at, task_id, max_active, active: active.get(at) ?? 0 });
  };
  const claim = (request: ClaimRequest): Claimed | null => {
    const row = candidate(request);
    if (row === undefined) return null;
    const ms = clock.now();
    const begun = row.status === 'running';
    // Whose time limit was given back was paused for a person, whose own events tell why it goes on: no interruption.
    const interrupted = begun && row.deadline_at !== null;
    take.run({
      task_id: row.task_id,
      holder: request.holder,
      expires: iso(ms + request.lease_ms),
      now: iso(ms),
      deadline: iso(deadlineOf(row, { now: ms, quietSince: interrupted ? quietSince(row, request) : ms })),
      resumed: interrupted ? 1 : 0,
    });
    if (begun) giveUp({ task_id: row.task_id }, 'who made it stopped working before its outcome was recorded');
    const { orchestrator_type, task, phase } = row;
    const start = { event_type: 'workflow_start', data: { orchestrator_type, task } } as const;
    const resume = { event_type: 'workflow_resumed', data: { phase } } as const;
    appendEvents(session, row, { events: interrupted ? [resume] : begun ? [] : [start] });
    const taken = known(session, row.task_id);
    return {
      hold: { task_id: row.task_id, fence: taken.fence },
      workflow: toWorkflow(taken),
      resumed: begun,
      claimed_at: ms,
    };
  };
  return { candidate, take: claim };
}

/** The time limit counts work: the time in which nobody worked is added to it. Given back, it begins anew. */
function deadlineOf(row: WorkflowRow, { now, quietSince }: { readonly now: number; readonly quietSince: number }) {
  const whole = now + toWorkflow(row).config.timeout_minutes * 60_000;
  if (row.deadline_at === null) return whole;
  // Never more than the whole limit: what looks so was written before the clock was set back.
  return Math.min(whole, Date.parse(row.deadline_at) + Math.max(0, now - quietSince));
}

function prepareHeartbeat(session: Session) {
  const extend = session.db.prepare<[string, string, number]>(
    `UPDATE workflows SET lease_expires_at = ? WHERE task_id = ? AND fence = ? AND status = 'running'
     AND lease_holder IS NOT NULL`,
  );
  const postpone = session.db.prepare<[string, string]>('UPDATE workflows SET deadline_at = ? WHERE task_id = ?');
  return (renewals: readonly Renewal[], lease_ms: number): readonly string[] => {
    const expires = iso(session.clock.now() + lease_ms);
    return renewals.flatMap(({ task_id, fence, idle_ms }) => {
      if (extend.run(expires, task_id, fence).changes === 0) return [task_id];
      const { deadline_at } = idle_ms === 0 ? { deadline_at: null } : known(session, task_id);
      if (deadline_at !== null) postpone.run(iso(Date.parse(deadline_at) + idle_ms), task_id);
      return [];
    });
  };
}
