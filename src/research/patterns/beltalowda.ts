/**
 * Beltalowda, the hierarchical pattern. No sources yet: collect them. No plan yet: plan. Plan there: the Belters research.
 * Belters settled: Drummers merge their findings, where there are enough to merge. Then one Camina writes the report.
 */

import type { Decide, Journal } from '../../core/step.ts';
import { succeeded, synthesisStepId } from '../journal.ts';
import { agentsWithFindings } from '../judgements.ts';
import { finish, maySynthesise, open, run, synthesisStep, untilAgentsSettled } from './steps.ts';

/** Below this many Belters with findings, Camina reads them all as well as a Drummer would. */
const DRUMMERS_FROM = 4;
/** Most Belters a Drummer merges. */
const GROUP_SIZE = 4;

export const beltalowda: Decide = (journal) => {
  const beginning = untilAgentsSettled(journal);
  if (beginning !== null) return beginning;
  const belters = agentsWithFindings(journal);
  if (belters.length === 0 || !maySynthesise(journal)) return finish(journal);

  const groups = drummerGroups(belters);
  const drummers = groups.map((agents, n) =>
    synthesisStep(journal, { agent_id: drummerId(n), role: 'drummer', agents, drummers: [] }),
  );
  const merging = open(journal, drummers);
  if (merging.length > 0) return run(merging);

  const writing = open(journal, [caminaStep(journal, { belters, groups })]);
  return writing.length > 0 ? run(writing) : finish(journal);
};

/** How many Drummers so many Belters with findings need. */
export function drummersFor(belters: number): number {
  return belters < DRUMMERS_FROM ? 0 : Math.max(2, Math.ceil(belters / GROUP_SIZE));
}

/** Consecutive Belters in groups of equal size, give or take one; no group at all where there is little to merge. */
export function drummerGroups(belters: readonly string[]): readonly (readonly string[])[] {
  const count = drummersFor(belters.length);
  return Array.from({ length: count }, (_, n) =>
    belters.slice(Math.floor((n * belters.length) / count), Math.floor(((n + 1) * belters.length) / count)),
  );
}

function drummerId(n: number): string {
  return `drummer-${n + 1}`;
}

/** Camina reads the Drummers; where one failed, the Belters of its group, so that nothing found is lost. */
function caminaStep(
  journal: Journal,
  findings: { readonly belters: readonly string[]; readonly groups: readonly (readonly string[])[] },
) {
  const merged = findings.groups.map((_, n) => succeeded(journal.steps.get(synthesisStepId(drummerId(n)))));
  const drummers = findings.groups.flatMap((_, n) => (merged[n] === true ? [drummerId(n)] : []));
  const agents =
    findings.groups.length === 0
      ? findings.belters
      : findings.groups.flatMap((group, n) => (merged[n] === true ? [] : group));
  return synthesisStep(journal, { agent_id: 'camina', role: 'camina', agents, drummers });
}
