/** What happened, as numbers for Prometheus. Loaded with the library that writes them, where somebody may come to read them. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { CallRecord } from '../core/call.ts';
import type { Happening } from '../core/telemetry.ts';
import { Bounded } from './bounded.ts';
import { type Instruments, instruments } from './instruments.ts';
import type { Readings } from './readings.ts';

const MOST_MODELS = 32;
const MOST_TOOLS = 64;
const SPANS = ['sent', 'dropped', 'refused'] as const;
/** How often the event loop is looked at. */
const LOOK_MS = 10;
const QUANTILES = [50, 99, 100] as const;
/**
 * Of the library's: its delays of the event loop have the time between two looks in them and are no number before the first,
 * and its gauges that end like counters are refused by Prometheus' own check.
 */
const UNUSED = /^nodejs_(eventloop_lag|active_.*_total$)/;
const DELIVERIES = ['delivered', 'failed', 'dead'] as const;

export class Metrics {
  readonly #registry = new Registry();
  readonly #of: Instruments;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOK_MS });
  readonly #models = new Bounded(MOST_MODELS);
  readonly #tools = new Bounded(MOST_TOOLS);

  constructor(version: string) {
    collectDefaultMetrics({ register: this.#registry });
    for (const { name } of this.#registry.getMetricsAsArray()) {
      if (UNUSED.test(name)) this.#registry.removeSingleMetric(name);
    }
    this.#loop.enable();
    this.#of = instruments(this.#registry);
    this.#of.build.set({ version }, 1);
    // From the beginning, so that a first one is a change that an alert sees.
    for (const fate of SPANS) this.#of.spans.inc({ fate }, 0);
    for (const outcome of DELIVERIES) this.#of.deliveries.inc({ outcome }, 0);
  }

  /** Names of all there are, as they begin in the text: a histogram's without `_bucket`, `_sum`, `_count`. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  fared(fate: (typeof SPANS)[number], spans: number): void {
    this.#of.spans.inc({ fate }, spans);
  }

  tell(happening: Happening): void {
    const of = this.#of;
    switch (happening.kind) {
      case 'workflow_begun': {
        const { workflow, resumed, at } = happening;
        of.begun.inc({ pattern: workflow.orchestrator_type, how: resumed ? 'again' : 'first' });
        if (!resumed) of.queued.observe(secondsFrom(workflow.created_at, at));
        return;
      }
      case 'workflow_ended': {
        const { orchestrator_type: pattern, status, created_at, completed_at } = happening.workflow;
        of.ended.inc({ pattern, status });
        if (completed_at !== null)
          of.duration.observe({ pattern, status }, secondsFrom(created_at, Date.parse(completed_at)));
        return;
      }
      case 'step_ended': {
        const { kind, status, started_at, completed_at, adopted_from } = happening.step;
        if (completed_at === null || adopted_from !== null) return;
        of.step.observe({ kind, outcome: status }, secondsFrom(started_at, Date.parse(completed_at)));
        return;
      }
      case 'attempt_failed':
        of.retried.inc({ kind: happening.step.kind });
        return;
      case 'call_ended':
        this.#called(happening.call);
        return;
      case 'waited':
        of.waited.observe({ limiter: happening.limiter }, happening.ms / 1000);
        return;
      case 'stored':
        of.store.observe({ verb: happening.verb }, happening.ms / 1000);
        if (happening.code !== null) of.storeFailures.inc({ code: happening.code });
        return;
      case 'event_read':
        of.eventLag.observe(Math.max(0, happening.ms) / 1000);
        return;
      case 'delivery':
        of.deliveries.inc({ outcome: happening.outcome });
        return;
      case 'webhook_disabled':
        of.disabled.inc();
        return;
      case 'agent_silent':
        of.silent.inc();
        return;
      // Counted by whoever recorded it.
      case 'found':
    }
  }

  #called({ kind, name, status, error, spent, started_at, completed_at, adopted_from }: CallRecord): void {
    if (completed_at === null || adopted_from !== null) return;
    const of = this.#of;
    const proven = status === 'succeeded';
    const took = secondsFrom(started_at, Date.parse(completed_at));
    if (error !== null) of.callFailures.inc({ kind, code: error.code });
    const dollars = (spent.microusd ?? 0) / 1e6;
    if (kind === 'tool') {
      const tool = this.#tools.label(name, proven);
      of.toolCall.observe({ tool, outcome: status }, took);
      of.toolDollars.inc({ tool }, dollars);
      return;
    }
    const model = this.#models.label(name, proven);
    of.modelCall.observe({ model, outcome: status }, took);
    of.modelDollars.inc({ model }, dollars);
    const { input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens } = spent.usage;
    of.tokens.inc({ model, type: 'input' }, input_tokens);
    of.tokens.inc({ model, type: 'output' }, output_tokens);
    of.tokens.inc({ model, type: 'cached' }, cached_tokens);
    of.tokens.inc({ model, type: 'cache_write' }, cache_write_tokens);
    of.tokens.inc({ model, type: 'reasoning' }, reasoning_tokens);
  }

  /** In the text format of Prometheus, 0.0.4. Where the database cannot say, what only it knows is left out. */
  async text(readings: Readings | null): Promise<string> {
    const { workflows, steps } = this.#of;
    if (readings !== null) {
      const { waiting, running } = readings.steps();
      steps.set({ state: 'waiting' }, waiting);
      steps.set({ state: 'running' }, running);
      const open = await readings.workflows().catch(() => null);
      workflows.reset();
      for (const [state, count] of Object.entries(open ?? {})) workflows.set({ state }, count);
    }
    this.#readLoop();
    return this.#registry.metrics();
  }

  /** Since it was last read: what a scrape sees is the worst since the one before. */
  #readLoop(): void {
    for (const quantile of QUANTILES) {
      const late = this.#loop.count === 0 ? 0 : this.#loop.percentile(quantile) / 1e9 - LOOK_MS / 1000;
      this.#of.eventLoop.set({ quantile: String(quantile / 100) }, Math.max(0, late));
    }
    this.#loop.reset();
  }
}

function secondsFrom(time: string, until: number): number {
  return Math.max(0, until - Date.parse(time)) / 1000;
}
