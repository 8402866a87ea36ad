/** Planning with a language model: grounded in a first search, and checked by code before any agent is paid for. */

import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { MAX_AGENTS, USUAL_AGENTS } from '../../core/limits.ts';
import { researcherRole } from '../../core/patterns.ts';
import type { Plan, Subtask } from '../../core/plan.ts';
import type { Domain } from '../../core/source.ts';
import type { Message, PlanRequest, Workbench } from '../../providers/providers.ts';
import { ask, type Asker } from './ask.ts';
import { domainsOf, ground } from './ground.ts';
import { overlaps } from './overlap.ts';
import type { RoleParts } from './parts.ts';
import { PLAN } from './prompts/plan-1.ts';

const MOST_OUTPUT = 4_096;
const MOST_QUERIES = 4;

const SUBTASK = z.object({
  objective: z.string().trim().min(1).max(1_000),
  boundaries: z.string().max(600),
  expected: z.string().max(600),
  queries: z.array(z.string().trim().min(1).max(300)).min(1),
});

type Proposal = z.infer<typeof SUBTASK> & { readonly domain: Domain | null };
interface Proposed {
  readonly shape: Plan['shape'];
  readonly subtasks: readonly Proposal[];
}

/** What the proposal must fit. */
interface Frame {
  /** Domains to choose from; null where agents have none. */
  readonly domains: readonly Domain[] | null;
  readonly earlier: readonly Subtask[];
  /** New agents at most. */
  readonly most: number;
}

/** Rejects with the signal's reason, or with a fault of the provider: without a plan there is nothing to go on from. */
export async function plan(parts: RoleParts, request: PlanRequest, bench: Workbench): Promise<Plan> {
  const { earlier, by_domain, agents } = request;
  const { there, missing } = by_domain ? await domainsOf(parts, request, bench) : { there: null, missing: [] };
  if (there?.length === 0) {
    const none = { what: 'any domain', why: 'there are neither documents nor tools' };
    return { shape: 'survey', subtasks: earlier, missing: missing.length > 0 ? missing : [none] };
  }
  const wanted = agents ?? request.most ?? Math.max(USUAL_AGENTS, there?.length ?? 0);
  const most = Math.min(MAX_AGENTS, wanted) - earlier.length;
  if (most <= 0) return { shape: 'survey', subtasks: earlier, missing };
  const frame: Frame = { domains: there, earlier, most };
  const asker: Asker = { models: parts.models, model: parts.model, bench, signal: request.signal };
  try {
    const proposed = await propose(asker, await brief(parts, { request, bench, frame }), frame);
    return { shape: proposed.shape, subtasks: [...earlier, ...subtasksOf(proposed, frame)], missing };
  } catch (thrown) {
    const why = whyWithout(thrown, request.signal);
    return planWithout(parts, request, { why, domains: there, missing });
  }
}

/** The model's plan; one that does not hold is sent back once with what is wrong. What is wrong after that, code mends. */
async function propose(asker: Asker, text: string, frame: Frame): Promise<Proposed> {
  const messages: readonly Message[] = [{ role: 'user', text }];
  const answer = formOf(frame);
  const question = {
    key: 'plan',
    share: 'plan',
    prompt: PLAN,
    answer,
    messages,
    max_output_tokens: MOST_OUTPUT,
  } as const;
  const first = await ask(asker, question);
  const problems = problemsOf(first, frame);
  if (problems.length === 0) return first;
  const given: Message = { role: 'assistant', text: JSON.stringify(first), tool_uses: [], opaque: null };
  const told: Message = {
    role: 'user',
    text: `This plan does not hold: ${problems.join('; ')}. Give the whole plan again, corrected.`,
  };
  try {
    return await ask(asker, { ...question, key: 'plan-2', messages: [...messages, given, told] });
  } catch (thrown) {
    // What is wrong with the first can be mended without it.
    if (first.subtasks.length === 0) throw thrown;
    whyWithout(thrown, asker.signal);
    return first;
  }
}

function formOf({ domains }: Frame): z.ZodType<Proposed> {
  const shape = z.enum(['fact', 'comparison', 'survey']);
  const [first, ...rest] = domains ?? [];
  const domain = first === undefined ? z.null() : z.enum([first, ...rest]);
  return z.object({ shape, subtasks: z.array(SUBTASK.extend({ domain })) });
}

function problemsOf({ subtasks }: Proposed, { earlier, most }: Frame): readonly string[] {
  if (subtasks.length === 0) return ['it has no subtask'];
  const named = [
    ...earlier.map((subtask) => ({ ...subtask, name: `the earlier ${JSON.stringify(subtask.objective)}` })),
    ...subtasks.map((subtask, at) => ({ ...subtask, name: `subtask ${at + 1}` })),
  ];
  const twice = named.flatMap((subtask, at) =>
    named
      .slice(Math.max(at + 1, earlier.length))
      .filter((other) => overlaps(subtask, other))
      .map((other) => `${other.name} looks for the same as ${subtask.name}`),
  );
  return [...(subtasks.length > most ? [`it has ${subtasks.length} subtasks, and ${most} are allowed`] : []), ...twice];
}

/** Those that hold, named: one that looks for the same as another only adds its queries to it. */
function subtasksOf({ subtasks }: Proposed, { earlier, most }: Frame): readonly Subtask[] {
  const kept: Subtask[] = [];
  for (const { objective, boundaries, expected, queries, domain } of subtasks) {
    const aim = { objective, queries: queries.slice(0, MOST_QUERIES), domain };
    if (earlier.some((other) => overlaps(other, aim))) continue;
    const at = kept.findIndex((other) => overlaps(other, aim));
    const same = kept[at];
    if (same !== undefined) kept[at] = { ...same, queries: [...new Set([...same.queries, ...aim.queries])] };
    else if (kept.length < most) {
      const said = { ...(boundaries === '' ? {} : { boundaries }), ...(expected === '' ? {} : { expected }) };
      kept.push({ agent_id: freeId(domain, [...earlier, ...kept]), ...aim, ...said });
    }
  }
  if (kept.length + earlier.length === 0)
    throw new Fault('OUTPUT_INVALID', 'the plan has no subtask', { retryable: false });
  return kept;
}

function freeId(domain: Domain | null, taken: readonly Subtask[]): string {
  const role = researcherRole({ domain });
  for (let number = 1; ; number += 1) {
    const agent_id = `${role}-${number}`;
    if (!taken.some((other) => other.agent_id === agent_id)) return agent_id;
  }
}

/** Why there is no plan of the model's, where the work can go on all the same. */
function whyWithout(thrown: unknown, signal: AbortSignal): string {
  const bearable = ['BUDGET_EXHAUSTED', 'OUTPUT_INVALID', 'CONTEXT_TOO_LONG'];
  if (signal.aborted || !(thrown instanceof Fault) || !bearable.includes(thrown.code)) throw thrown;
  return thrown.message;
}

async function planWithout(
  { byCode, model }: RoleParts,
  request: PlanRequest,
  known: { readonly why: string; readonly domains: readonly Domain[] | null; readonly missing: Plan['missing'] },
): Promise<Plan> {
  const what = `a plan by ${model}`;
  if (request.corpus.sources.length > 0) {
    const made = await byCode.plan(request);
    const why = `${known.why}; the objectives were taken from the words of the question and the documents`;
    return { ...made, missing: [...made.missing, { what, why }], cut: [known.why] };
  }
  const objective = request.task.trim();
  const own: Subtask[] = [];
  for (const domain of known.domains ?? [null]) {
    own.push({ agent_id: freeId(domain, [...request.earlier, ...own]), objective, queries: [objective], domain });
  }
  const most = Math.max(0, (request.agents ?? request.most ?? USUAL_AGENTS) - request.earlier.length);
  const missing = [...known.missing, { what, why: `${known.why}; the question was not divided` }];
  return { shape: 'survey', subtasks: [...request.earlier, ...own.slice(0, most)], missing, cut: [known.why] };
}

async function brief(
  parts: RoleParts,
  { request, bench, frame }: { readonly request: PlanRequest; readonly bench: Workbench; readonly frame: Frame },
): Promise<string> {
  const { task, context, agents } = request;
  const { domains, earlier, most } = frame;
  const asked = agents === null ? '' : ' The user asked for so many: use them all if the question carries it.';
  return [
    `The question: ${task}`,
    ...(context === null ? [] : [`What the user says beside it: ${context}`]),
    `Researchers: at most ${most}.${asked}`,
    domains === null
      ? 'Set domain to null.'
      : `Each researcher searches one kind of material, its domain: ${domains.join(', ')}. Give each kind that can help one researcher at least, with an objective for that kind.`,
    ...(earlier.length === 0
      ? []
      : [
          `Already researched, not to be planned again:\n${earlier.map(({ objective }) => `- ${objective}`).join('\n')}`,
        ]),
    await ground(parts, request, bench),
  ].join('\n\n');
}
