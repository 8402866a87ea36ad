/**
 * Swarm, the flat pattern. No sources yet: collect them. No plan yet: plan by domain. Plan there: the agents of each domain
 * search their own material. All settled: one synthesis.
 */

import type { Decide } from '../../core/step.ts';
import { agentsWithFindings, finish, maySynthesise, open, run, synthesisStep, untilAgentsSettled } from './steps.ts';

export const swarm: Decide = (journal) => {
  const beginning = untilAgentsSettled(journal);
  if (beginning !== null) return beginning;
  const agents = agentsWithFindings(journal);
  if (agents.length === 0 || !maySynthesise(journal)) return finish(journal);
  const writing = open(journal, [
    synthesisStep(journal, { agent_id: 'synthesis', role: 'synthesis', agents, drummers: [] }),
  ]);
  return writing.length > 0 ? run(writing) : finish(journal);
};
