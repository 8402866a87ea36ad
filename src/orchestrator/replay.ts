/**
 * Runs the decider over a recorded journal: from nothing, given each outcome only after it has named the step, to the end;
 * then makes the result again. Whether the same comes out shows that the record explains the report.
 */

import type { ReplayView } from '../core/audit.ts';
import type { Json } from '../core/json.ts';
import { type Decide, type Decision, type Journal, journalOf, type StepRecord } from '../core/step.ts';
import type { Stop, TerminalStatus, Workflow } from '../core/workflow.ts';
import type { Conclusion, End } from '../engine/engine.ts';
import type { ResultRow } from '../store/store.ts';
import { hashOf } from './hash.ts';

export interface Recording {
  readonly workflow: Workflow;
  readonly steps: readonly StepRecord[];
  readonly result: ResultRow | null;
}

export interface ReplayParts {
  readonly decide: Decide;
  readonly conclude: (journal: Journal, end: End) => Promise<Conclusion>;
}

/** The recording must be of an ended workflow. */
export async function replay(parts: ReplayParts, recording: Recording): Promise<ReplayView> {
  const heeded = await replayed(parts, recording, true);
  if (heeded.same || recording.workflow.stop === null) return heeded;
  // A stop that was recorded after the last decision changed nothing any more.
  const unheeded = await replayed(parts, recording, false);
  return unheeded.same ? unheeded : heeded;
}

async function replayed(parts: ReplayParts, recording: Recording, heedStop: boolean): Promise<ReplayView> {
  const { workflow, result } = recording;
  const walk = new Walk(parts.decide, recording, heedStop ? workflow.stop : null);
  const decision = walk.toTheEnd();
  const differences = [...walk.differences, ...endDifferences(decision, workflow)];
  const recorded = result === null ? null : hashOf(result.result);
  let made: string | null = null;
  if (result !== null && decision.kind === 'finish') {
    const end: End = { status: decision.status, error: decision.error, execution_time: result.execution_time };
    const again = await parts.conclude(walk.journal(), end);
    // Through JSON, as the recorded one went: what has no spelling there is not part of it.
    made = hashOf(JSON.parse(JSON.stringify(again.result)) as Json);
    if (made !== recorded) differences.push('the result made again differs from the recorded one');
  }
  return {
    task_id: workflow.task_id,
    same: differences.length === 0,
    decisions: walk.decisions,
    status: decision.kind === 'finish' ? decision.status : 'open',
    recorded,
    replayed: made,
    differences,
  };
}

function endDifferences(decision: Decision, { status, error }: Workflow): readonly string[] {
  if (error?.code === 'INTERNAL' || error?.code === 'REPORT_INTEGRITY') {
    return [`it was ended by a defect, not by its decider: ${error.message}`];
  }
  if (decision.kind !== 'finish') return [`the decider does not come to an end; recorded is ${status}`];
  const said = endWords(decision.status, decision.error?.code);
  const recorded = endWords(status, error?.code);
  return said === recorded ? [] : [`the decider ends as ${said}; recorded is ${recorded}`];
}

function endWords(status: TerminalStatus | Workflow['status'], code: string | undefined): string {
  return code === undefined ? status : `${status} (${code})`;
}

/** The recorded steps, revealed one by one as the decider asks for them. */
class Walk {
  readonly decisions: { steps: readonly string[] }[] = [];
  readonly differences: string[] = [];
  readonly #decide: Decide;
  readonly #workflow: Workflow;
  /** In the order in which their outcomes were recorded. */
  readonly #recorded: readonly StepRecord[];
  readonly #known = new Map<string, StepRecord>();
  readonly #named = new Set<string>();
  #stop: Stop | null = null;

  /** The stop that is to come; null where there was none, or it is not to be heeded. */
  readonly #wish: Stop | null;

  constructor(decide: Decide, { workflow, steps }: Recording, wish: Stop | null) {
    this.#decide = decide;
    this.#wish = wish;
    this.#workflow = workflow;
    this.#recorded = [...steps].sort((a, b) => order(a) - order(b) || (a.step_id < b.step_id ? -1 : 1));
  }

  journal(): Journal {
    return journalOf(this.#workflow, this.#stop, this.#known.values());
  }

  /** The last decision: the end, or what it asks for without there being a record of it. */
  toTheEnd(): Decision {
    for (;;) {
      const decision = this.#decide(this.journal());
      if (decision.kind === 'finish') {
        // A stop that came after the last step changes the end all the same.
        if (this.#stop === null && this.#wish !== null) this.#halt();
        else return this.#ended(decision);
      } else if (!this.#reveal(decision)) {
        // Nothing recorded of what it asks for: that is where the stop came, if one did.
        if (this.#stop !== null || this.#wish === null) return this.#ended(decision);
        this.#halt();
      }
    }
  }

  /** Gives the decider one more outcome of those it asked for; false when none of them is recorded. */
  #reveal(decision: Exclude<Decision, { kind: 'finish' }>): boolean {
    const asked = decision.kind === 'run' ? decision.steps.map((step) => step.step_id) : [decision.step_id];
    const fresh = asked.filter((step_id) => !this.#named.has(step_id));
    for (const step_id of fresh) this.#named.add(step_id);
    if (fresh.length > 0) this.decisions.push({ steps: fresh });
    const next = this.#unknown().find((step) => asked.includes(step.step_id) && step.status !== 'running');
    if (next === undefined) return false;
    this.#known.set(next.step_id, next);
    return true;
  }

  /** The stop was recorded: what was under way then stays as it is. */
  #halt(): void {
    this.#stop = this.#wish;
    for (const step of this.#unknown()) {
      if (this.#named.has(step.step_id)) this.#known.set(step.step_id, step);
    }
  }

  #unknown(): readonly StepRecord[] {
    return this.#recorded.filter((step) => !this.#known.has(step.step_id));
  }

  #ended(decision: Decision): Decision {
    for (const { step_id } of this.#unknown()) {
      this.differences.push(`${step_id} is recorded, and the decider does not name it`);
    }
    return decision;
  }
}

function order(step: StepRecord): number {
  return step.completed_at === null ? Number.POSITIVE_INFINITY : Date.parse(step.completed_at);
}
