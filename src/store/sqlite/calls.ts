/** Calls: intent and reservation before, outcome and bill after, judged over all calls of the workflow. */

import { type Budget, ceilingOf, judge, type Ledger, type Limit, warns } from '../../core/budget.ts';
import { type CallRecord, NO_USAGE, type Spent } from '../../core/call.ts';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { EventDraft } from '../../core/event.ts';
import type { CallVerbs, Reserved, ReserveCall, SettleCall } from '../calls.ts';
import type { Hold } from '../store.ts';
import { type CallRow, type SpendingRow, toCall, toSpending } from './rows.ts';
import { appendEvents, held, read, type Session } from './session.ts';

export function callVerbs(session: Session): CallVerbs {
  const { writer } = session;
  const reserve = prepareReserve(session);
  const settle = prepareSettle(session);
  const list = prepareList(session);
  const sums = prepareSpending(session);
  return {
    reserve: (hold, call) => writer.write(() => reserve(hold, call)),
    settle: (hold, call) => writer.write(() => settle(hold, call)),
    list: (task_id, step_id) => read(session, () => list(task_id, step_id).map(toCall)),
    spending: (task_id) => read(session, () => sums(task_id).map(toSpending)),
  };
}

function prepareList({ db }: Session): (task_id: string, step_id?: string) => CallRow[] {
  const all = db.prepare<[string], CallRow>('SELECT * FROM calls WHERE task_id = +? ORDER BY position');
  // By the primary key: `/` is followed by `0`, so that these are the calls of one step, whatever others answered.
  const ofStep = db.prepare<object, CallRow>(
    `SELECT * FROM calls WHERE task_id = +@task_id AND step_id = +@step_id
     AND call_id > @step_id || '/' AND call_id < @step_id || '0' ORDER BY position`,
  );
  return (task_id, step_id) => (step_id === undefined ? all.all(task_id) : ofStep.all({ task_id, step_id }));
}

export function prepareSpending({ db }: Session): (task_id: string) => SpendingRow[] {
  const made = 'adopted_from IS NULL';
  // Research that asks no model has no calls, and to group none of them takes five times as long as to look.
  const any = db.prepare<[string], 1>('SELECT 1 FROM calls WHERE task_id = ? LIMIT 1').pluck();
  const sums = db.prepare<[string], SpendingRow>(
    `SELECT agent_id, kind, name, share,
       sum(${made}) AS calls, sum(status = 'running') AS running, sum(status = 'failed') AS failed,
       sum(estimated) AS estimated, sum(microusd IS NULL) AS unpriced, sum(adopted_from IS NOT NULL) AS adopted,
       sum(input_tokens) AS input_tokens, sum(cached_tokens) AS cached_tokens,
       sum(cache_write_tokens) AS cache_write_tokens, sum(output_tokens) AS output_tokens,
       sum(reasoning_tokens) AS reasoning_tokens, coalesce(sum(microusd), 0) AS microusd,
       sum(iif(status = 'running', reserved_tokens, 0)) AS reserved_tokens,
       sum(iif(status = 'running', coalesce(reserved_microusd, 0), 0)) AS reserved_microusd
     FROM calls WHERE task_id = +? GROUP BY agent_id, kind, name, share ORDER BY min(position)`,
  );
  return (task_id) => (any.get(task_id) === undefined ? [] : sums.all(task_id));
}

interface LedgerRow {
  readonly calls: number;
  readonly tokens: number;
  readonly microusd: number;
  readonly reserved_tokens: number;
  readonly reserved_microusd: number;
}

/** Inside a verb: how many calls a workflow has, what they took, and what is kept free for those under way. */
function prepareLedger({ db }: Session): (task_id: string) => Ledger & { readonly calls: number } {
  const sums = db.prepare<[string], LedgerRow>(
    `SELECT count(*) AS calls, coalesce(sum(input_tokens + output_tokens), 0) AS tokens,
       coalesce(sum(microusd), 0) AS microusd,
       coalesce(sum(iif(status = 'running', reserved_tokens, 0)), 0) AS reserved_tokens,
       coalesce(sum(iif(status = 'running', reserved_microusd, 0)), 0) AS reserved_microusd
     FROM calls WHERE task_id = ?`,
  );
  return (task_id) => {
    const row = sums.get(task_id);
    return {
      calls: row?.calls ?? 0,
      spent: { tokens: row?.tokens ?? 0, microusd: row?.microusd ?? 0 },
      reserved: { tokens: row?.reserved_tokens ?? 0, microusd: row?.reserved_microusd ?? 0 },
    };
  };
}

/**
 * Inside a verb: tells of the budget, each event once in a workflow. A warning of what is used up already is none, so it comes
 * before the refusal or not at all: also where no settled call brought spending there, but one that was given up.
 */
function prepareTelling(session: Session) {
  const told = session.db
    .prepare<[string], string>(
      `SELECT event_type FROM events WHERE task_id = ? AND event_type IN ('budget_warning', 'budget_exhausted')`,
    )
    .pluck();
  return (
    workflow: ReturnType<typeof held>,
    { budget, spent }: { readonly budget: Budget; readonly spent: Ledger['spent'] },
    refused: EventDraft | null = null,
  ): void => {
    const isNear = warns(budget, spent);
    if (!isNear && refused === null) return;
    const before = told.all(workflow.task_id);
    if (before.includes('budget_exhausted')) return;
    const isNew = isNear && !before.includes('budget_warning');
    const warning = { event_type: 'budget_warning', data: amounts(budget, spent) } as const;
    appendEvents(session, workflow, { events: [...(isNew ? [warning] : []), ...(refused === null ? [] : [refused])] });
  };
}

/** What readers of the budget's events are told, in the units of the edges. */
function amounts(budget: Budget, spent: Ledger['spent']): EventDraft['data'] {
  return {
    spent: { tokens: spent.tokens, cost_usd: spent.microusd / 1e6 },
    budget: {
      max_tokens: budget.max_tokens,
      max_cost_usd: budget.max_microusd === null ? null : budget.max_microusd / 1e6,
    },
  };
}

function prepareReserve(session: Session): (hold: Hold, call: ReserveCall) => Reserved {
  const { db, clock } = session;
  const ledger = prepareLedger(session);
  const tell = prepareTelling(session);
  const known = prepareKnown(session);
  // An outcome may name texts that are nobody's source yet. Which of them it names only those know who recorded it: whoever takes
  // over one reads on in all that the other one read.
  const readOn = db.prepare<{ task_id: string; from: string }>(
    `INSERT OR IGNORE INTO text_readers (task_id, sha256, format)
     SELECT @task_id, sha256, format FROM text_readers WHERE task_id = @from`,
  );
  const insert = db.prepare<object, CallRow>(
    `INSERT INTO calls (task_id, call_id, position, step_id, agent_id, key, attempt, round, kind, name, request_hash, share,
       status, reserved_tokens, reserved_microusd, started_at, completed_at, adopted_from, output)
     VALUES (@task_id, @call_id, @position, @step_id, @agent_id, @key, @attempt, @round, @kind, @name, @request_hash,
       @share, @status, @tokens, @microusd, @now, @completed_at, @adopted_from, @output) RETURNING *`,
  );
  return (hold, call) => {
    const workflow = held(session, hold);
    const { task_id } = hold;
    const { here, outcome, failures, elsewhere } = known(task_id, call);
    if (outcome !== null) return outcome;
    const sums = ledger(task_id);
    const attempt = here + 1;
    const now = iso(clock.now());
    const { step_id, agent_id, key, kind, name, request_hash, share, round } = call;
    const columns = { task_id, step_id, agent_id, key, attempt, round, kind, name, request_hash, share, now };
    const row = { ...columns, call_id: `${step_id}/${key}#${attempt}`, position: sums.calls + 1 };
    if (elsewhere !== null) {
      const taken = { status: 'succeeded', tokens: 0, microusd: 0, completed_at: now, ...elsewhere.outcome };
      readOn.run({ task_id, from: elsewhere.from });
      return { kind: 'recorded', call: inserted(insert.get({ ...row, ...taken })) };
    }
    if (call.known_only === true) return { kind: 'unknown' };
    const judgement = judge(call.budget, sums, call);
    if (judgement.kind === 'exhausted') {
      const refused = refusal(call, judgement.limit, sums.spent);
      tell(workflow, { budget: call.budget, spent: sums.spent }, refused);
    }
    if (judgement.kind !== 'granted') return judgement;
    const begun = { status: 'running', ...call.most, completed_at: null, adopted_from: null, output: null };
    return { kind: 'begun', call: inserted(insert.get({ ...row, ...begun })), failures };
  };
}

function inserted(row: CallRow | undefined): CallRecord {
  if (row === undefined) throw new Fault('INTERNAL', 'a call that was inserted is not there');
  return toCall(row);
}

function refusal(call: ReserveCall, limit: Limit, spent: Ledger['spent']): EventDraft {
  const { share, agent_id, budget } = call;
  const [cap, unit] = limit === 'tokens' ? [budget.max_tokens ?? 0, 1] : [budget.max_microusd ?? 0, 1e6];
  return {
    event_type: 'budget_exhausted',
    ...(agent_id === null ? {} : { agent_id }),
    data: { limit, share, ceiling: ceilingOf(cap, share) / unit, ...amounts(budget, spent) },
  };
}

interface Elsewhere {
  /** The workflow it was found at, which may have taken it over itself. */
  readonly from: string;
  readonly outcome: { readonly output: string; readonly adopted_from: string };
}

interface Known {
  /** Requests under this key so far. */
  readonly here: number;
  readonly outcome: Extract<Reserved, { kind: 'recorded' | 'busy' }> | null;
  readonly failures: number;
  /** The outcome an earlier workflow has for it, where none is known here. */
  readonly elsewhere: Elsewhere | null;
}

/** What is recorded under a call's key, of this request. */
function prepareKnown({ db }: Session): (task_id: string, call: ReserveCall) => Known {
  // By the primary key: `#` is followed by `$`, so that these are the requests of one key.
  const under = `step_id = +@step_id AND key = +@key
    AND call_id > @step_id || '/' || @key || '#' AND call_id < @step_id || '/' || @key || '$'`;
  const own = db.prepare<object, CallRow>(
    `SELECT * FROM calls WHERE task_id = +@task_id AND ${under} ORDER BY attempt`,
  );
  const other = db.prepare<object, { output: string; adopted_from: string }>(
    `SELECT output, coalesce(adopted_from, task_id) AS adopted_from FROM calls
     WHERE task_id = +@from AND ${under} AND request_hash = +@request_hash AND status = 'succeeded' LIMIT 1`,
  );
  return (task_id, { step_id, key, request_hash, round, attempts, earlier }) => {
    const rows = own.all({ task_id, step_id, key });
    const known = { here: rows.length, failures: 0, elsewhere: null };
    if (rows.some(({ status }) => status === 'running')) return { ...known, outcome: { kind: 'busy' } };
    const same = rows.filter((row) => row.request_hash === request_hash);
    const success = same.find(({ status }) => status === 'succeeded');
    if (success !== undefined) return { ...known, outcome: { kind: 'recorded', call: toCall(success) } };
    const failed = same.map((row) => ({ call: toCall(row), round: row.round }));
    const last = failed.at(-1)?.call;
    const repeated = failed.filter(
      ({ call, round: then }) => then === round && call.error?.code !== 'CALL_INTERRUPTED',
    );
    if (last !== undefined && (last.error?.retryable === false || repeated.length >= attempts))
      return { ...known, outcome: { kind: 'recorded', call: last } };
    for (const from of earlier) {
      const found = other.get({ from, step_id, key, request_hash });
      if (found !== undefined) return { ...known, outcome: null, elsewhere: { from, outcome: found } };
    }
    return { ...known, outcome: null, failures: repeated.length };
  };
}

function prepareSettle(session: Session): (hold: Hold, call: SettleCall) => CallRecord {
  const { db, clock } = session;
  const one = db.prepare<[string, string], CallRow>('SELECT * FROM calls WHERE task_id = ? AND call_id = ?');
  const close = db.prepare<object, CallRow>(
    `UPDATE calls SET status = @status, output = @output, error = @error, completed_at = @now, estimated = @estimated,
       input_tokens = @input_tokens, cached_tokens = @cached_tokens, cache_write_tokens = @cache_write_tokens,
       output_tokens = @output_tokens, reasoning_tokens = @reasoning_tokens, microusd = @microusd
     WHERE task_id = @task_id AND call_id = @call_id RETURNING *`,
  );
  const ledger = prepareLedger(session);
  const tell = prepareTelling(session);
  return (hold, { call_id, outcome, spent, budget }) => {
    const workflow = held(session, hold);
    const { task_id } = hold;
    const row = one.get(task_id, call_id);
    if (row === undefined) throw new Fault('INTERNAL', `${task_id} has no call ${call_id} to record an outcome of`);
    if (row.status !== 'running') return toCall(row);
    const { usage, microusd } = spent ?? asReserved(row);
    const settled = close.get({
      task_id,
      call_id,
      status: outcome.kind,
      output: outcome.kind === 'succeeded' ? JSON.stringify(outcome.output) : null,
      error: outcome.kind === 'failed' ? JSON.stringify(outcome.error) : null,
      now: iso(clock.now()),
      estimated: spent === null ? 1 : 0,
      ...usage,
      microusd,
    });
    tell(workflow, { budget, spent: ledger(task_id).spent });
    return inserted(settled);
  };
}

/** The bill of a call that nobody counted: nobody knows either how its tokens were shared. */
function asReserved(row: CallRow): Spent {
  return { usage: { ...NO_USAGE, input_tokens: row.reserved_tokens }, microusd: row.reserved_microusd };
}

/** Inside a verb: gives up the calls under way, of one step or of all: settles them at what was reserved, with why. */
export function prepareGivingUp({ db, clock }: Session) {
  const give = db.prepare<object>(
    `UPDATE calls SET status = 'failed', error = @error, completed_at = @now, estimated = 1,
       input_tokens = reserved_tokens, microusd = reserved_microusd
     WHERE task_id = @task_id AND status = 'running' AND step_id = coalesce(@step_id, step_id)`,
  );
  return (of: { readonly task_id: string; readonly step_id?: string }, why: string): void => {
    const error = JSON.stringify(new Fault('CALL_INTERRUPTED', why).toRecord());
    give.run({ step_id: null, ...of, error, now: iso(clock.now()) });
  };
}
