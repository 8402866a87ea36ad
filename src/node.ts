/**
 * How the parts of one process are joined: research as what the engine runs, and the door before both. Which store, bus, library and
 * models these are is said by main.ts, and by tests and benchmarks that put something else in the place of one.
 */

import { createHolder, Engine, type EngineOptions, isDead } from './engine/engine.ts';
import { LocalOrchestrator, type OrchestratorParts } from './orchestrator.ts';
import { research, type ResearchParts } from './research/research.ts';
import { openWebhooks, type Webhooks } from './webhooks/webhooks.ts';

export interface NodeParts
  extends ResearchParts, Omit<EngineOptions, 'definition'>, Pick<OrchestratorParts, 'settings' | 'closeRest'> {}

/** What is given is closed by `closeRest`, but for the store and the bus: those are closed with the orchestrator. */
export function openNode(parts: NodeParts): LocalOrchestrator {
  const { store, library, model, lastResort, clock, bus, log, settings, closeRest } = parts;
  const definition = research({ store, library, model, lastResort, clock });
  const engine = new Engine({ ...parts, definition });
  const webhooks = openDeliveries(parts);
  const forget = (corpus_id: string): Promise<void> => library.forget(corpus_id);
  return new LocalOrchestrator({ store, engine, bus, clock, webhooks, definition, settings, forget, log, closeRest });
}

function openDeliveries({ store, bus, clock, random, settings, telemetry, log }: NodeParts): Webhooks {
  const holder = createHolder();
  const allow = settings.fetch_allow;
  const webhooks = openWebhooks({ store, bus, clock, random, holder: holder.name, isDead, allow, telemetry, log });
  const close = async (): Promise<void> => {
    await webhooks.close();
    holder.retire();
  };
  return { ...webhooks, close };
}
