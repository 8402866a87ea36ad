/**
 * The result, made from what is stored: rendered, checked, and put into the shape of `results.result`. Makes no model call
 * of its own. Where no synthesis was reached, claims are ordered by the last resort, which needs none either.
 */

import { Fault } from '../core/errors.ts';
import { workOf } from '../core/patterns.ts';
import type { Composition, Missing, Report } from '../core/report.ts';
import type { SkippedFile, Source, StoredText } from '../core/source.ts';
import type { Claim } from '../core/claim.ts';
import type { Plan } from '../core/plan.ts';
import type { Journal, StepRecord } from '../core/step.ts';
import { modelOf, type Stop } from '../core/workflow.ts';
import type { Conclusion, End } from '../engine/engine.ts';
import type { LastResort, Model } from '../providers/providers.ts';
import type { Spending, Store } from '../store/store.ts';
import { composeWith } from './agents/synthesis.ts';
import { type Bill, billOf, modelsUsed, stampOf } from './bill.ts';
import { agentsWithFindings } from './patterns/steps.ts';
import { evidenceFor, judgedClaims } from './evidence/evidence.ts';
import { integrityProblems, proseProblems } from './evidence/integrity.ts';
import { isVerbatim } from './evidence/verify.ts';
import { renderReport } from './evidence/render.ts';
import {
  agentInput,
  agentOutput,
  agentStepId,
  asJson,
  collectOutput,
  compositionOutput,
  fallbacksUsed,
  mergedOutput,
  planOutput,
  settled,
  succeeded,
  synthesesOf,
  synthesisInput,
} from './journal.ts';

export interface ConcludeParts {
  readonly store: Pick<Store, 'calls' | 'claims' | 'sources' | 'texts'>;
  readonly model: (name: string) => Model;
  readonly lastResort: LastResort;
}

export async function conclude(parts: ConcludeParts, journal: Journal, end: End): Promise<Conclusion> {
  const { task_id } = journal.workflow;
  const sources = await parts.store.sources.list(task_id);
  const claims = judgedClaims(await parts.store.claims.list(task_id), compositionOutput(journal));
  const spending = await parts.store.calls.spending(task_id);
  const missing = whatIsMissing(journal, end);
  const texts = await textsOf(parts, sources, claims);
  const composition = compositionOutput(journal) ?? (await lastResort(parts, journal, { sources, claims }));
  const report = writeReport(parts, journal, { sources, claims, missing, texts, composition, spending });
  const problems = [...integrityProblems(report, texts), ...proseProblems(report, composition)];
  if (problems.length > 0) throw new Fault('REPORT_INTEGRITY', problems.slice(0, 5).join('; '));
  // A workflow that did not complete keeps what it has, and never calls it whole.
  const honest: Report = end.status === 'completed' ? report : { ...report, completeness: 'partial' };
  const result = orchestratorResult(journal, { end, report: honest, claims, spending });
  const { completeness, citations } = honest;
  return {
    result: asJson(result),
    total_cost: billOf(spending).total,
    event: {
      completeness,
      citations: citations.total,
      sources: honest.sources.length,
      ...(end.error === null ? {} : { error: asJson(end.error) }),
      ...(journal.stop?.reason == null ? {} : { reason: journal.stop.reason }),
    },
  };
}

function writeReport(
  parts: ConcludeParts,
  journal: Journal,
  stored: {
    readonly sources: readonly Source[];
    readonly claims: readonly Claim[];
    readonly missing: readonly Missing[];
    readonly texts: ReadonlyMap<string, StoredText>;
    readonly composition: Composition;
    readonly spending: readonly Spending[];
  },
): Report {
  const collected = collectOutput(journal);
  const { config } = journal.workflow;
  const writing = synthesesOf(journal, 'write').find(succeeded);
  // Taken over from an earlier workflow it may be another's than this one's.
  const model = parts.model(writing === undefined ? modelOf(config, 'camina') : synthesisInput(writing).model);
  const written = writing !== undefined;
  const fallbacks = fallbacksUsed(journal);
  return renderReport({
    composition: stored.composition,
    evidence: evidenceFor(stored.claims, stored.sources, stored.texts),
    claims: new Map(stored.claims.map((claim) => [claim.claim_id, claim])),
    sources: new Map(stored.sources.map((source) => [source.source_id, source])),
    verbatim: (claim) => {
      const text = stored.texts.get(claim.source_id);
      return text !== undefined && isVerbatim(claim, text);
    },
    missing: stored.missing,
    gaps: gapsOf(journal),
    skipped: collected?.skipped ?? ([] satisfies SkippedFile[]),
    skipped_total: collected?.skipped_total ?? 0,
    collected: collected?.sources ?? null,
    model: model.name,
    stamp: stampOf(model, { written, fallbacks }),
  });
}

function lastResort(
  parts: ConcludeParts,
  journal: Journal,
  stored: { readonly sources: readonly Source[]; readonly claims: readonly Claim[] },
): Promise<Composition> {
  const merging = synthesesOf(journal, 'merge');
  const conflicts = merging.flatMap((step) => mergedOutput(journal, step.agent_id ?? '')?.conflicts ?? []);
  return composeWith((request) => parts.lastResort.compose(request), journal, {
    ...stored,
    conflicts,
    signal: new AbortController().signal,
  });
}

/** What was asked for and is not in the report, with the reason; empty exactly when the report is whole. */
function whatIsMissing(journal: Journal, end: Pick<End, 'status' | 'error'>): readonly Missing[] {
  const plan = planOutput(journal);
  const stop = journal.stop;
  const why = stop === null ? (end.error?.message ?? 'not reached') : stopReason(stop);
  if (plan === null) return [{ what: 'the research', why }];
  const agents = plan.subtasks.flatMap(({ agent_id, objective }) => {
    const step = journal.steps.get(agentStepId(agent_id));
    if (!settled(step)) return [{ what: objective, why }];
    return step.status === 'failed' ? [{ what: objective, why: step.error?.message ?? 'the agent failed' }] : [];
  });
  const reached = compositionOutput(journal) !== null || agents.length === plan.subtasks.length;
  const synthesis = [...journal.steps.values()].filter((step) => step.kind === 'synthesis' && step.status === 'failed');
  const merged = synthesis.map((step) => ({
    what: `the synthesis by ${step.agent_id ?? step.step_id}`,
    why: step.error?.message ?? 'it failed',
  }));
  const found = agentsWithFindings(journal).length > 0;
  const cut = stop !== null && found && !reached ? [{ what: 'the synthesis of the findings', why }] : [];
  const written = compositionOutput(journal)?.missing ?? [];
  const missing = [
    ...plan.missing,
    ...agents,
    ...shortened(journal, plan),
    ...merged,
    ...unmerged(journal),
    ...written,
    ...cut,
  ];
  // Stopped after the last step and before the end: nothing is lost, but a stopped workflow never claims to be whole.
  return stop !== null && missing.length === 0 ? [{ what: 'the regular end of the workflow', why }] : missing;
}

/** What Drummers could not merge as they should have. */
function unmerged(journal: Journal): readonly Missing[] {
  return synthesesOf(journal, 'merge').flatMap(({ agent_id }) =>
    (mergedOutput(journal, agent_id ?? '')?.cut ?? []).map((why) => ({
      what: `the merging by ${agent_id ?? ''}`,
      why,
    })),
  );
}

/** What agents could not do, or do without: a reason that several have is said once. */
function shortened(journal: Journal, { subtasks }: Plan): readonly Missing[] {
  const objectives = new Map<string, string[]>();
  for (const { agent_id, objective } of subtasks) {
    for (const why of new Set(agentOutput(journal, agent_id)?.cut)) {
      objectives.set(why, [...(objectives.get(why) ?? []), objective]);
    }
  }
  return [...objectives].map(([why, [first = '', ...others]]) => ({
    what: others.length === 0 ? first : `${others.length + 1} of ${subtasks.length} objectives`,
    why,
  }));
}

function stopReason(stop: Stop): string {
  if (stop.kind === 'deadline') return stop.reason ?? 'the time limit was reached';
  return stop.reason === null ? 'cancelled' : `cancelled: ${stop.reason}`;
}

/** What agents looked for in vain. Of the whole question only where nobody found anything: else the report answers it. */
function gapsOf(journal: Journal): readonly string[] {
  const found = agentsWithFindings(journal).length > 0;
  const whole = journal.workflow.task.trim();
  const subtasks = (planOutput(journal)?.subtasks ?? []).filter(({ objective }) => !found || objective !== whole);
  return [...new Set(subtasks.flatMap(({ agent_id }) => agentOutput(journal, agent_id)?.gaps ?? []))];
}

/** The stored texts that claims quote, by source_id. */
async function textsOf(
  parts: ConcludeParts,
  sources: readonly Source[],
  claims: readonly Claim[],
): Promise<ReadonlyMap<string, StoredText>> {
  const quoted = new Set(claims.map((claim) => claim.source_id));
  const texts = new Map<string, StoredText>();
  for (const { source_id, sha256, format } of sources) {
    if (quoted.has(source_id)) texts.set(source_id, await parts.store.texts.get(sha256, format));
  }
  return texts;
}

/** The full OrchestratorResult of the analysis' schema, with our report beside its fields. */
function orchestratorResult(
  journal: Journal,
  made: {
    readonly end: End;
    readonly report: Report;
    readonly claims: readonly Claim[];
    readonly spending: readonly Spending[];
  },
): object {
  const { end, report, claims, spending } = made;
  const bill = billOf(spending);
  const { orchestrator_type } = journal.workflow;
  const steps = [...journal.steps.values()];
  const planned = planOutput(journal)?.subtasks ?? [];
  const agents = planned.flatMap(({ agent_id }) => journal.steps.get(agentStepId(agent_id)) ?? []);
  return {
    task_id: journal.workflow.task_id,
    title: report.title,
    status: end.status,
    agent_results: agents.map((step) => agentResult(step, claims, bill)),
    synthesis_results: steps
      .filter((step) => step.kind === 'synthesis')
      .map((step) => synthesisResult(step, { journal, report, claims, bill })),
    final_synthesis: report.text,
    execution_time: end.execution_time,
    total_cost: bill.total,
    metadata: {
      model: report.model,
      ...modelsUsed(journal),
      orchestrator_type,
      searched: report.searched,
    },
    generated_documents: [],
    artifacts: [],
    error: end.error?.message ?? null,
    report,
  };
}

function agentResult(step: StepRecord, claims: readonly Claim[], bill: Bill) {
  const own = claims.filter((claim) => claim.agent_id === step.agent_id);
  const { role, subtask } = agentInput(step);
  const status = { succeeded: 'completed', failed: 'failed', running: 'cancelled' }[step.status];
  return {
    agent_id: step.agent_id,
    agent_type: subtask.domain === null ? 'worker' : 'specialized',
    subtask_id: step.step_id,
    content: own.map((claim) => claim.text).join('\n'),
    status,
    execution_time: seconds(step),
    cost: bill.of(step.agent_id),
    metadata: { role, domain: subtask.domain, objective: subtask.objective, attempts: step.attempts },
    error: step.error?.message ?? null,
    citations: own.map(({ claim_id, source_id, quote, start, end, label, location }) => ({
      claim_id,
      source_id,
      quote,
      start,
      end,
      label,
      location,
    })),
  };
}

function synthesisResult(
  step: StepRecord,
  made: { readonly journal: Journal; readonly report: Report; readonly claims: readonly Claim[]; readonly bill: Bill },
) {
  const input = synthesisInput(step);
  const merges = workOf(input.role) === 'merge';
  const kept = new Set(merges ? mergedOutput(made.journal, step.agent_id ?? '')?.kept : []);
  const merged = made.claims.filter((claim) => kept.has(claim.claim_id)).map((claim) => claim.text);
  const written = merges ? merged.join('\n') : made.report.text;
  return {
    synthesis_id: step.step_id,
    synthesis_level: merges ? 'drummer' : 'executive',
    content: step.status === 'succeeded' ? written : '',
    source_agent_ids: [...input.agents, ...input.drummers],
    execution_time: seconds(step),
    cost: made.bill.of(step.agent_id),
    metadata: { role: input.role, status: step.status, attempts: step.attempts },
  };
}

function seconds(step: { readonly started_at: string; readonly completed_at: string | null }): number {
  return step.completed_at === null ? 0 : (Date.parse(step.completed_at) - Date.parse(step.started_at)) / 1000;
}
