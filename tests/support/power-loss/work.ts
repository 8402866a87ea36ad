/** The work that the power fails on: no time passes in it, and its outcomes bring rows of every kind. */

import { createHash } from 'node:crypto';
import { inProcessBus } from '../../../src/bus/in-process.ts';
import type { EventDraft } from '../../../src/core/event.ts';
import type { Decide, Journal, StepSpec } from '../../../src/core/step.ts';
import { InProcessDispatcher } from '../../../src/engine/dispatch/in-process.ts';
import { type Definition, Engine } from '../../../src/engine/engine.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import type { Store, StoreText } from '../../../src/store/store.ts';
import { everyPattern } from '../every-pattern.ts';
import { claim, passage, ROOM, source, textOf } from '../../contract/rows.ts';

const AGENTS = ['belter-1', 'belter-2', 'belter-3'] as const;

/** The same for the same workflow: hex, which compression does not make small. */
function documentOf(task_id: string): StoreText {
  const lines = Array.from({ length: 120 }, (_, n) => createHash('sha512').update(`${task_id} ${n}`).digest('hex'));
  return textOf(lines.join('\n'), { stored_by: task_id });
}

function spec(step_id: string, kind: string, agent_id: string | null): StepSpec {
  return { step_id, kind, phase: 'researching', agent_id, input: { of: step_id }, timeout_ms: 60_000 };
}

const STAGES: readonly (readonly StepSpec[])[] = [
  [spec('collect', 'collect', null)],
  AGENTS.map((id) => spec(`agent:${id}`, 'agent', id)),
  [spec('synthesis', 'synthesis', 'camina')],
];

/** How many steps every workflow has in the end. */
export const STEPS: number = STAGES.flat().length;

const decide: Decide = ({ steps }: Journal) => {
  const open = STAGES.map((stage) => stage.filter(({ step_id }) => steps.get(step_id)?.status !== 'succeeded'));
  const next = open.find((stage) => stage.length > 0);
  return next === undefined ? { kind: 'finish', status: 'completed', error: null } : { kind: 'run', steps: next };
};

const EVENT_TYPES = { started: 'agent_start', succeeded: 'agent_complete', failed: 'agent_error' } as const;

const events = ({ agent_id }: StepSpec, moment: { readonly kind: keyof typeof EVENT_TYPES }): EventDraft[] =>
  agent_id === null ? [] : [{ event_type: EVENT_TYPES[moment.kind], agent_id, data: {} }];

function workOn(store: Store): Definition {
  return {
    decide: everyPattern(decide),
    landing: () => [],
    kinds: {
      collect: {
        events,
        run: async ({ journal }) => {
          const text = documentOf(journal.workflow.task_id);
          await store.texts.put(text);
          return { output: { sha256: text.sha256 }, evidence: { sources: [source('s1', text)] } };
        },
      },
      agent: {
        events,
        run: async ({ spec: { agent_id } }) => {
          const id = agent_id ?? '';
          const passages = Array.from({ length: 4 }, (_, n) => passage(`${id}.p${n}`, { agent_id: id }));
          const claims = Array.from({ length: 4 }, (_, n) =>
            claim(`${id}.${n}`, { agent_id: id, heading: 'A heading' }),
          );
          return { output: { found: claims.length, by: id }, evidence: { passages, claims } };
        },
      },
      synthesis: { events, run: async () => ({ output: { kept: AGENTS.length } }) },
    },
    conclude: async ({ workflow }) => ({
      result: { report: { text: `On ${workflow.task}: ${documentOf(workflow.task_id).text.slice(0, 3000)}` } },
      total_cost: 0,
      event: { completeness: 'full' },
    }),
  };
}

export interface Working {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** An engine that takes up whatever is open in the store. Closing it leaves the store open. */
export function startWork(store: Store): Working {
  const bus = inProcessBus({
    clock: systemClock,
    changes: () => store.changes(),
    failed: (thrown) => {
      throw thrown;
    },
  });
  const engine = new Engine({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    definition: workOn(store),
    clock: systemClock,
    random: () => 0.5,
    admission: ROOM,
    log: () => {},
  });
  engine.serve();
  const close = async (): Promise<void> => {
    await engine.close();
    bus.close();
  };
  return { engine, close };
}
