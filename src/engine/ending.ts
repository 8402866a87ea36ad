/** The end of a workflow: its result made from what is stored, and recorded with its terminal status. And its pauses. */

import { type Clock, iso } from '../core/clock.ts';
import { Fault, toFault } from '../core/errors.ts';
import type { Decision, Journal } from '../core/step.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Finish, Hold, Store } from '../store/store.ts';
import type { Definition, End } from './definition.ts';
import { persist, type Weather } from './persist.ts';

interface EndingParts {
  readonly store: Pick<Store, 'workflows'>;
  readonly definition: Pick<Definition, 'conclude'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: (message: string, thrown: unknown) => void;
}

interface Ended {
  readonly hold: Hold;
  readonly workflow: Workflow;
  readonly weather: Weather;
}

/** Gives the workflow back until a person has decided. */
export async function recordPause(
  { store }: Pick<EndingParts, 'store'>,
  { hold, weather }: Ended,
  { phase, events }: Extract<Decision, { kind: 'wait' }>,
): Promise<void> {
  await persist(() => store.workflows.wait(hold, { phase, events }), weather);
}

/** Rejects only where the run must stop working on the workflow: the lease is lost, or the store refuses for good. */
export async function recordEnd(
  parts: EndingParts,
  { hold, workflow, weather }: Ended,
  ending: { readonly decision: Extract<Decision, { kind: 'finish' }>; readonly journal: Journal },
): Promise<void> {
  const { clock } = parts;
  const started = Date.parse(workflow.started_at ?? iso(clock.now()));
  const { status, error } = ending.decision;
  const end: End = { status, error, execution_time: Math.max(0, clock.now() - started) / 1000 };
  const record = async (finish: Finish): Promise<void> => {
    if (weather.signal.aborted) return;
    const ended = await persist(() => parts.store.workflows.finish(hold, finish), weather);
    const { steps, stop } = ending.journal;
    const left = [...steps.values()].filter((step) => step.status === 'running');
    const told = { ...workflow, ...ended, error: finish.error, stop };
    parts.telemetry.tell({ kind: 'workflow_ended', workflow: told, left });
  };
  try {
    const conclusion = await persist(() => parts.definition.conclude(ending.journal, end), weather);
    await record({ ...end, ...conclusion });
  } catch (thrown) {
    if (weather.signal.aborted || (thrown instanceof Fault && thrown.code === 'LEASE_LOST')) throw thrown;
    // A result that cannot be made or stored must not keep the workflow from ending: it would be tried for ever.
    parts.log(`${hold.task_id}: the result could not be made`, thrown);
    const fault = toFault(thrown).toRecord();
    const nothing = { result: null, total_cost: null, event: { error: { ...fault } } };
    await record({ ...end, ...nothing, status: 'failed', error: fault });
  }
}
