/** A plan without a language model: the question's shape, its own sub-questions, and the themes of the material. */

import { MAX_AGENTS } from '../../../core/limits.ts';
import { type Domain, DOMAINS, inDomain, type Source } from '../../../core/source.ts';
import type { Plan, Shape, Subtask } from '../../../core/plan.ts';
import type { PlanRequest } from '../../providers.ts';
import { keyStems, type Question, readQuestion } from './question.ts';
import { extend } from './plan-extend.ts';
import { shortened, stemSet, jaccard, surfaceWords } from './text.ts';
import { type Aspect, keyWords, themeAspects } from './themes.ts';

const MOST_SURVEY_AGENTS = 8;
const MOST_COMPARISON_AGENTS = 4;
/** Sub-questions this close in words are one. */
const SAME_QUESTION = 0.85;
const COMPARING = stemSet('trade-offs trade offs tradeoffs terms respect regard choose pick prefer adopt instead');
/** A part of no more words has no subject of its own. */
const LEANING_WORDS = 3;
const SWARM_AGENTS_A_DOMAIN = 3;

/** One subtask for a fact, two to four for a comparison, up to eight for a survey; no more than the material carries. */
export async function plan(request: PlanRequest): Promise<Plan> {
  request.signal.throwIfAborted();
  if (request.earlier.length > 0) return extend(request, anew);
  return anew(request);
}

async function anew(request: PlanRequest): Promise<Plan> {
  const question = readQuestion(request.task);
  if (request.by_domain) return swarm(request, question);
  const aspects = await aspectsFor(request, question, request.agents);
  return {
    shape: question.shape,
    subtasks: aspects.map((aspect, index) => ({ agent_id: `belter-${index + 1}`, ...aspect, domain: null })),
    missing: [],
  };
}

/** Distinct aspects of the task: as many as asked for, if there are so many; else as many as the shape wants. */
async function aspectsFor(request: PlanRequest, question: Question, agents: number | null): Promise<readonly Aspect[]> {
  const own = distinct(ownAspects(request.task, question));
  const wanted = agents ?? Math.min(wantedAgents(question, own.length), request.most ?? MAX_AGENTS);
  if (own.length > wanted) return together(own, wanted, request.task);
  const themes =
    own.length < wanted
      ? await themeAspects(request, question, {
          limit: wanted - own.length,
          wished: agents !== null,
          taken: own.length > 1 ? own.map(({ objective }) => objective) : [],
        })
      : [];
  return [...own, ...themes];
}

function wantedAgents({ shape }: Question, own: number): number {
  if (shape === 'fact') return 1;
  if (shape === 'comparison') return Math.min(own, MOST_COMPARISON_AGENTS);
  return own >= 3 ? Math.min(own, MOST_SURVEY_AGENTS) : MOST_SURVEY_AGENTS;
}

/** What the task itself names: compared things and their differences, or its sub-questions. */
function ownAspects(task: string, { shape, things, parts }: Question): readonly Aspect[] {
  if (shape !== 'comparison') return parts.map((part, index) => partAspect(part, index === 0 ? '' : (parts[0] ?? '')));
  const named = stemSet(things.join(' '));
  // Words such as "compare" and "trade-offs" stand in no sentence about one of the things.
  const telling = new Set(keyStems(task).filter((stem) => !named.has(stem) && !COMPARING.has(stem)));
  const aspect = keyWords(task)
    .filter((word) => [...stemSet(word)].some((stem) => telling.has(stem)))
    .join(' ');
  const list = things.map((thing) => ({
    objective: thing,
    queries: distinctTexts([`${thing} ${aspect}`.trim(), thing]),
  }));
  if (things.length >= MOST_COMPARISON_AGENTS) return list;
  const joined =
    things.length === 2 ? things.join(' and ') : `${things.slice(0, -1).join(', ')} and ${things.at(-1) ?? ''}`;
  return [
    ...list,
    {
      objective: `differences between ${joined}`,
      queries: distinctTexts([`${things.join(' ')} ${aspect}`.trim(), task]),
    },
  ];
}

/** "How does it scale?" and "Why not completely?" after a first question keep that question's subject in their search. */
function partAspect(part: string, first: string): Aspect {
  const points =
    first !== '' &&
    (/\b(?:it|its|they|their|them|this|these|that|those)\b/i.test(part) || surfaceWords(part).length <= LEANING_WORDS);
  return { objective: part, queries: points ? [`${part} ${keyWords(first).join(' ')}`, part] : [part] };
}

function distinctTexts(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function distinct(aspects: readonly Aspect[]): readonly Aspect[] {
  const kept: Aspect[] = [];
  for (const aspect of aspects) {
    const words = stemSet(aspect.objective);
    const isSame = kept.some((other) => jaccard(stemSet(other.objective), words) >= SAME_QUESTION);
    if (!isSame) kept.push(aspect);
  }
  return kept;
}

/** Fewer agents than aspects: neighbours share an agent; a single agent gets the whole task. */
function together(aspects: readonly Aspect[], count: number, task: string): readonly Aspect[] {
  if (count <= 1) {
    const whole = shortened(task, 200);
    return [{ objective: whole, queries: distinctTexts([task, ...aspects.map(({ queries }) => queries[0] ?? '')]) }];
  }
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * aspects.length) / count);
    const group = aspects.slice(from, Math.floor(((index + 1) * aspects.length) / count));
    return {
      objective: group.map(({ objective }) => objective).join('; '),
      queries: distinctTexts([
        group.map(({ queries }) => queries[0] ?? '').join(' '),
        ...group.flatMap(({ queries }) => queries),
      ]),
    };
  });
}

// --- Swarm -------------------------------------------------------------------------------------------------------

async function swarm(request: PlanRequest, question: Question): Promise<Plan> {
  const { corpus, task } = request;
  const byDomain = new Map<Domain, Source[]>();
  for (const domain of request.domains ?? DOMAINS.filter((one) => one !== 'text')) {
    const own = corpus.sources.filter((source) => inDomain(source, domain));
    if (own.length > 0) byDomain.set(domain, own);
  }
  const asked = request.domains ?? [...byDomain.keys()];
  const present = [...new Set(asked)].filter((domain) => byDomain.has(domain));
  const missing = [...new Set(asked)]
    .filter((domain) => !byDomain.has(domain))
    .map((domain) => ({
      what: `${domain} sources`,
      why: `no ${domain} sources among the ${corpus.sources.length} collected`,
    }));
  const sizes = present.map((domain) => byDomain.get(domain)?.length ?? 0);
  const { agents, most: paid = MAX_AGENTS } = request;
  const slots = slotsFor(sizes, agents ?? Math.min(paid, naturalSwarm(question.shape, sizes)));
  const most = Math.max(0, ...slots);
  const aspects = most > 1 ? await aspectsFor(request, question, most) : [];
  const whole = wholeTask(task, question);
  const alone = present.length === 1;
  const subtasks = present.flatMap((domain, at) => domainSubtasks(domain, slots[at] ?? 0, { aspects, whole, alone }));
  const left = present.filter((_, at) => (slots[at] ?? 0) === 0);
  const served = present.length - left.length;
  const unserved = left.map((domain) => ({
    what: `${domain} sources`,
    why: `only ${served === 1 ? '1 agent was' : `${served} agents were`} ${agents === null ? 'within the budget' : 'asked for'}, and other domains hold more sources`,
  }));
  return { shape: question.shape, subtasks, missing: [...missing, ...unserved] };
}

function wholeTask(task: string, question: Question): Aspect {
  const own = ownAspects(task, question);
  return {
    objective: own.length === 1 ? (own[0]?.objective ?? task) : shortened(task, 200),
    queries: distinctTexts([task, ...own.flatMap(({ queries }) => queries.slice(0, 1))]),
  };
}

/** One agent a domain for a fact; for wider questions more where a domain holds many sources. */
function naturalSwarm(shape: Shape, sizes: readonly number[]): number {
  if (shape === 'fact') return sizes.length;
  const wanted = sizes.reduce((sum, size) => sum + Math.min(SWARM_AGENTS_A_DOMAIN, 1 + Math.floor(size / 4)), 0);
  return Math.max(sizes.length, Math.min(MOST_SURVEY_AGENTS, wanted));
}

/** One agent for each domain, the largest first when there are too few; the rest where most sources share an agent. */
function slotsFor(sizes: readonly number[], agents: number): readonly number[] {
  const slots = sizes.map(() => 0);
  for (let given = 0; given < agents && sizes.length > 0; given += 1) {
    let best = 0;
    for (const [at, size] of sizes.entries()) {
      const share = size / ((slots[at] ?? 0) + 1);
      const other = (sizes[best] ?? 0) / ((slots[best] ?? 0) + 1);
      const isUnserved = slots[at] === 0 && slots[best] !== 0;
      if (isUnserved || (share > other && (slots[at] === 0) === (slots[best] === 0))) best = at;
    }
    slots[best] = (slots[best] ?? 0) + 1;
  }
  return slots;
}

function domainSubtasks(
  domain: Domain,
  count: number,
  { aspects, whole, alone }: { readonly aspects: readonly Aspect[]; readonly whole: Aspect; readonly alone: boolean },
): readonly Subtask[] {
  if (count === 0) return [];
  const own = count === 1 || aspects.length === 0 ? [whole] : aspects.slice(0, count);
  return own.map(({ objective, queries }, index) => ({
    agent_id: `${domain}-${index + 1}`,
    objective: alone ? objective : `${objective} (${domain} sources)`,
    queries,
    domain,
  }));
}
