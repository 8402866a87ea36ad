/** A plan that a person edited, checked against what there is, and made into subtasks. */

import { Fault } from '../core/errors.ts';
import { characters, MAX_AGENTS, MAX_QUERIES, MAX_TASK } from '../core/limits.ts';
import { nearest } from '../core/nearest.ts';
import { BY_DOMAIN, PATTERNS, researcherRole } from '../core/patterns.ts';
import type { Subtask, SubtaskEdit } from '../core/plan.ts';
import { type Domain, DOMAINS, inDomain, type Source } from '../core/source.ts';
import type { OrchestratorType } from '../core/workflow.ts';

export interface PlanMaterial {
  readonly orchestrator_type: OrchestratorType;
  /** The subtasks that are edited. */
  readonly subtasks: readonly Subtask[];
  /** What was collected. */
  readonly sources: readonly Source[];
}

/** The edited subtasks, complete. Throws PLAN_INVALID naming the subtask and what in it cannot be. */
export function editedSubtasks(edits: readonly SubtaskEdit[], material: PlanMaterial): readonly Subtask[] {
  if (edits.length === 0 || edits.length > MAX_AGENTS) {
    throw invalid(`the plan has ${edits.length} subtasks; it takes 1 to ${MAX_AGENTS}`);
  }
  const kept = edits.flatMap(({ agent_id }) => agent_id ?? []);
  const twice = kept.find((agent_id, at) => kept.indexOf(agent_id) !== at);
  if (twice !== undefined) throw invalid(`the plan names the agent ${JSON.stringify(twice)} twice`);
  const subtasks: Subtask[] = [];
  for (const [at, edit] of edits.entries()) {
    const taken = [...kept, ...material.subtasks.map(({ agent_id }) => agent_id), ...subtasks.map((s) => s.agent_id)];
    subtasks.push(subtaskOf(edit, { ...material, where: `subtask ${at + 1}`, taken }));
  }
  return subtasks;
}

interface EditMaterial extends PlanMaterial {
  readonly where: string;
  /** Ids that a new agent cannot have. */
  readonly taken: readonly string[];
}

function subtaskOf(edit: SubtaskEdit, material: EditMaterial): Subtask {
  const { where } = material;
  const before = beforeEdit(edit, material);
  const objective = words(edit.objective, `the objective of ${where}`);
  const queries = (edit.queries ?? []).map((query) => words(query, `a query of ${where}`));
  if (queries.length > MAX_QUERIES) throw invalid(`${where} has ${queries.length} queries; it takes ${MAX_QUERIES}`);
  const domain = domainOf(edit, before, material);
  const source_ids = sourcesOf(edit, domain, material);
  return {
    agent_id: before?.agent_id ?? newId(researcherRole({ domain }), material.taken),
    objective,
    // Queries that came with another objective would search for what nobody asks any more.
    queries: queries.length > 0 ? queries : before?.objective === objective ? before.queries : [objective],
    domain,
    ...(source_ids === null ? {} : { source_ids }),
    ...(before?.objective === objective ? said(before, where) : {}),
    ...said(edit, where),
  };
}

/** What the plan says of an objective beside it. Of another objective it would be untrue. */
function said(
  { boundaries, expected }: Pick<SubtaskEdit, 'boundaries' | 'expected'>,
  where: string,
): Pick<Subtask, 'boundaries' | 'expected'> {
  return {
    ...(boundaries === undefined ? {} : { boundaries: words(boundaries, `boundaries of ${where}`) }),
    ...(expected === undefined ? {} : { expected: words(expected, `expected of ${where}`) }),
  };
}

function beforeEdit({ agent_id }: SubtaskEdit, { subtasks, where }: EditMaterial): Subtask | null {
  if (agent_id === undefined) return null;
  const found = subtasks.find((subtask) => subtask.agent_id === agent_id);
  if (found !== undefined) return found;
  const known = subtasks.map((subtask) => subtask.agent_id);
  const near = nearest(agent_id, known);
  throw invalid(`${where} names the agent ${JSON.stringify(agent_id)}, which the plan does not have`, {
    hint: `${near === null ? '' : `Did you mean ${near}? `}Leave agent_id out for a new agent; the plan has ${known.join(', ') || 'none'}.`,
  });
}

function words(text: string, what: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw invalid(`${what} is empty`);
  // A single agent's objective is the whole task.
  if (characters(trimmed) > MAX_TASK) throw invalid(`${what} has more than ${MAX_TASK} characters`);
  return trimmed;
}

function domainOf(edit: SubtaskEdit, before: Subtask | null, material: EditMaterial): Domain | null {
  const { orchestrator_type, sources, where } = material;
  if (!PATTERNS[orchestrator_type].by_domain) {
    if (edit.domain === undefined) return null;
    throw invalid(`${where} names the domain ${edit.domain}, and only ${BY_DOMAIN} has domains`);
  }
  const domain = edit.domain ?? before?.domain ?? 'general';
  // Where the plan gave an agent a domain without documents, it has tools that search for them.
  if (before?.domain === domain || sources.some((source) => inDomain(source, domain))) return domain;
  const there = DOMAINS.filter((one) => sources.some((source) => inDomain(source, one)));
  throw invalid(`${where} names the domain ${domain}, and no source belongs to it`, {
    hint: `The sources of this workflow belong to: ${there.join(', ')}.`,
  });
}

/** Null: all sources. Each is named by its id or its location, as get_result and the events show them. */
function sourcesOf({ sources: named }: SubtaskEdit, domain: Domain | null, material: EditMaterial) {
  if (named === undefined || named.length === 0) return null;
  const { sources, where } = material;
  return named.map((name) => {
    const source = sources.find(({ source_id, location }) => source_id === name || location === name);
    if (source === undefined) {
      const near = nearest(
        name,
        sources.flatMap(({ source_id, location }) => [source_id, location]),
      );
      throw invalid(`${where} names the source ${JSON.stringify(name)}, which was not collected`, {
        hint: `${near === null ? '' : `Did you mean ${near}? `}Name sources by source_id or location.`,
      });
    }
    if (domain === null || inDomain(source, domain)) return source.source_id;
    throw invalid(`${where} names the source ${JSON.stringify(name)}, which is not in the domain ${domain}`);
  });
}

function newId(role: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    if (!taken.includes(`${role}-${number}`)) return `${role}-${number}`;
  }
}

function invalid(message: string, options: { readonly hint?: string } = {}): Fault {
  return new Fault('PLAN_INVALID', message, options);
}
