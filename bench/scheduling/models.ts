/** A model whose calls take a while and heed their signal, as a provider's request does; and ears on any model's calls. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Claim } from '../../src/core/claim.ts';
import type { Composition } from '../../src/core/report.ts';
import type { ComposeRequest, OfflineModel, ResearchRequest } from '../../src/providers/providers.ts';
import { sharedNow } from './figures.ts';
import { LINES, TEXT } from './library.ts';
import { NO_JUDGEMENTS } from '../../tests/support/no-judgements.ts';

export interface CallTimes {
  readonly least_ms: number;
  readonly most_ms: number;
}

/** Milliseconds that this call takes: the same in every run, so that an ideal schedule can be computed from it. */
export function callTime({ least_ms, most_ms }: CallTimes, task: string, call: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const character of `${task}/${call}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d) >>> 0;
  return least_ms + (((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * (most_ms - least_ms);
}

const CLAIMS = 6;

function findings({ subtask, corpus }: ResearchRequest): readonly Claim[] {
  const [source] = corpus.sources;
  if (source === undefined) return [];
  const first = Number(subtask.agent_id.replace(/\D/g, '')) * CLAIMS;
  return LINES.slice(first % LINES.length)
    .slice(0, CLAIMS)
    .map((quote, n): Claim => {
      const start = TEXT.indexOf(quote);
      const { agent_id, objective } = subtask;
      const claim = {
        claim_id: `${agent_id}.${n + 1}`,
        agent_id,
        source_id: source.source_id,
        text: quote,
        quote,
        start,
      };
      return { ...claim, end: start + quote.length, label: 'quoted', location: '', heading: '', score: 1, objective };
    });
}

async function compose({ task, claims, objectives }: ComposeRequest): Promise<Composition> {
  const of = (agent_id: string): string[] =>
    claims.filter((claim) => claim.agent_id === agent_id).map((claim) => claim.claim_id);
  return {
    title: task,
    summary: claims.slice(0, 1).map((claim) => claim.claim_id),
    sections: objectives
      .map(({ objective, agent_id }) => ({ heading: objective, claims: of(agent_id) }))
      .filter((section) => section.claims.length > 0),
    conflicts: [],
  };
}

const MOST_AGENTS = 8;

export function slowModel(name: string, times: CallTimes): OfflineModel {
  const call = async (task: string, id: string, signal: AbortSignal): Promise<void> => {
    await pause(callTime(times, task, id), undefined, { signal });
  };
  return {
    name,
    stamp: 'a model that takes its time',
    ...NO_JUDGEMENTS,
    plan: async ({ task, agents, earlier, signal }) => {
      await call(task, 'plan', signal);
      const fresh = Array.from({ length: (agents ?? MOST_AGENTS) - earlier.length }, (_, n) => ({
        agent_id: `belter-${earlier.length + n + 1}`,
        objective: `objective ${earlier.length + n + 1}`,
        queries: [],
        domain: null,
      }));
      return { shape: 'survey', subtasks: [...earlier, ...fresh], missing: [] };
    },
    research: async (request) => {
      await call(request.task, request.subtask.agent_id, request.signal);
      return { claims: findings(request), passages: [], gaps: [] };
    },
    merge: async ({ task, agent_id, claims, signal }) => {
      await call(task, agent_id, signal);
      return { kept: claims.map((claim) => claim.claim_id), duplicates: [], conflicts: [] };
    },
    compose: async (request) => {
      await call(request.task, 'compose', request.signal);
      return compose(request);
    },
  };
}

/** Told of each call's begin and end, and of its abort, at the moment the signal fires. */
export interface Ears {
  readonly begun: (task: string) => void;
  readonly aborted: (task: string, at: number) => void;
  readonly ended: (task: string) => void;
}

export function overheard(model: OfflineModel, ears: Ears): OfflineModel {
  const hear =
    <Request extends { readonly task: string; readonly signal: AbortSignal }, Answer>(
      call: (request: Request) => Promise<Answer>,
    ) =>
    async (request: Request): Promise<Answer> => {
      const { task, signal } = request;
      const abort = (): void => ears.aborted(task, sharedNow());
      signal.addEventListener('abort', abort, { once: true });
      ears.begun(task);
      try {
        return await call(request);
      } finally {
        signal.removeEventListener('abort', abort);
        ears.ended(task);
      }
    };
  return {
    name: model.name,
    stamp: model.stamp,
    ...NO_JUDGEMENTS,
    plan: hear((request) => model.plan(request)),
    research: hear((request) => model.research(request)),
    merge: hear((request) => model.merge(request)),
    compose: hear((request) => model.compose(request)),
  };
}
