/**
 * How the parts of one process are joined: research as what the engine runs, and the door before both. Which store, bus, library and
 * models these are is said by main.ts, and by tests and benchmarks that put something else in the place of one.
 */

import { Engine, type EngineOptions } from './engine/engine.ts';
import { LocalOrchestrator, type OrchestratorParts } from './orchestrator.ts';
import { research, type ResearchParts } from './research/research.ts';

export interface NodeParts
  extends ResearchParts, Omit<EngineOptions, 'definition'>, Pick<OrchestratorParts, 'settings' | 'closeRest'> {}

/** What is given is closed by `closeRest`, but for the store and the bus: those are closed with the orchestrator. */
export function openNode(parts: NodeParts): LocalOrchestrator {
  const { store, library, model, lastResort, clock, bus, dispatcher, log, settings, closeRest } = parts;
  const definition = research({ store, library, model, lastResort, clock });
  const { random, admission, telemetry } = parts;
  const engine = new Engine({ store, bus, dispatcher, definition, clock, random, admission, log, telemetry });
  const forget = (corpus_id: string): Promise<void> => library.forget(corpus_id);
  return new LocalOrchestrator({ store, engine, bus, clock, definition, settings, forget, log, closeRest });
}
