/**
 * The result, made from what is stored: rendered, checked, and put into the shape of `results.result`. Makes no model call
 * of its own. Where no synthesis was reached, claims are ordered by the last resort, which needs none either.
 */

import { Fault } from '../core/errors.ts';
import { workOf } from '../core/patterns.ts';
import type { Composition, Missing, Report } from '../core/report.ts';
import type { SkippedFile, Source, StoredText } from '../core/source.ts';
import type { Claim } from '../core/claim.ts';
import type { Journal, StepRecord } from '../core/step.ts';
import { modelOf } from '../core/workflow.ts';
import type { Conclusion, End } from '../engine/engine.ts';
import type { LastResort, Model } from '../providers/providers.ts';
import type { Spending, Store } from '../store/store.ts';
import { composeWith } from './agents/synthesis.ts';
import { type Bill, billOf, modelsUsed, stampOf } from './bill.ts';
import { courseOf, ungrounded } from './course.ts';
import { evidenceFor, judgedClaims } from './evidence/evidence.ts';
import { isVerbatim } from './evidence/verify.ts';
import { type CourseText, type Rendered, renderReport } from './evidence/render.ts';
import { type Checking, soundReport } from './evidence/sound.ts';
import {
  agentInput,
  agentStepId,
  asJson,
  CHOICE,
  collectOutput,
  compositionOutput,
  fallbacksUsed,
  mergedOutput,
  succeeded,
  synthesesOf,
  synthesisInput,
} from './journal.ts';
import { subtasksOf } from './judgements.ts';
import { gapsOf, whatIsMissing } from './missing.ts';

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
  const report = await reportThatHolds(parts, journal, { sources, claims, missing, texts, spending });
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

interface Stored {
  readonly sources: readonly Source[];
  readonly claims: readonly Claim[];
  readonly missing: readonly Missing[];
  readonly texts: ReadonlyMap<string, StoredText>;
  readonly spending: readonly Spending[];
}

interface Composed {
  readonly composition: Composition;
  /** Whether by a synthesis, and not as a last resort. */
  readonly written: boolean;
  readonly course: CourseText | null;
}

const UNGROUNDED: Missing = {
  what: 'the findings that the decisions on the way rest on',
  why: 'they did not pass the check of their citations',
};

/** What was written as far as it passes the check, or else its claims: never nothing for what a model wrote. */
async function reportThatHolds(parts: ConcludeParts, journal: Journal, stored: Stored): Promise<Report> {
  const written = compositionOutput(journal);
  const course = courseOf(journal);
  const checking = (by: Pick<Composed, 'written'>, missing: readonly Missing[]): Checking => {
    const told = (how: Pick<Composed, 'course'>, lost: readonly Missing[]): Checking['render'] => {
      return (composition, left) =>
        writeReport(parts, journal, {
          ...stored,
          ...by,
          ...how,
          composition,
          missing: [...stored.missing, ...missing, ...lost, ...left],
        });
    };
    const texts = stored.texts;
    if (course === null) return { texts, render: told({ course }, []) };
    return { texts, render: told({ course }, []), ungrounded: told({ course: ungrounded(course) }, [UNGROUNDED]) };
  };
  const first = written === null ? null : soundReport(written, checking({ written: true }, []));
  if (first?.kind === 'sound') return first.report;
  const unwritten =
    first === null ? [] : [{ what: 'the report as it was written', why: first.problems.slice(0, 3).join('; ') }];
  const { sources, claims } = stored;
  const composed = await lastResort(parts, journal, { sources, claims });
  const plain = soundReport(composed, checking({ written: false }, unwritten));
  if (plain.kind === 'broken') throw new Fault('REPORT_INTEGRITY', plain.problems.slice(0, 5).join('; '));
  return plain.report;
}

function writeReport(parts: ConcludeParts, journal: Journal, stored: Stored & Composed): Rendered {
  const collected = collectOutput(journal);
  const { config, task, title } = journal.workflow;
  const writing = synthesesOf(journal, 'write').find(succeeded);
  // Taken over from an earlier workflow it may be another's than this one's.
  const model = parts.model(writing === undefined ? modelOf(config, 'camina') : synthesisInput(writing).model);
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
    asked: [task, title ?? '', JSON.stringify(config.inputs ?? null)].join('\n'),
    missing: stored.missing,
    gaps: gapsOf(journal),
    skipped: collected?.skipped ?? ([] satisfies SkippedFile[]),
    skipped_total: collected?.skipped_total ?? 0,
    collected: collected?.sources ?? null,
    model: model.name,
    stamp: stampOf(model, { written: stored.written, fallbacks }),
    course: stored.course,
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
    // What decided a branch is told with the choice; it answers another question than the user's.
    claims: stored.claims.filter(({ agent_id }) => agent_id !== CHOICE),
    conflicts,
    signal: new AbortController().signal,
  });
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
  const agents = subtasksOf(journal).flatMap(({ agent_id }) => journal.steps.get(agentStepId(agent_id)) ?? []);
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
      ...report.course,
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
