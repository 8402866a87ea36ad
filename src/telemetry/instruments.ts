/**
 * Every metric of ours. No label has a value that a caller makes up, but for names of models and tools, which are bounded; no
 * owner, task or address is in any.
 */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds. A verb of the store, a turn of the event loop. */
const SHORT = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
/** Seconds. A request to the outside, a wait for one. */
const MEDIUM = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];
/** Seconds. A step, a workflow. */
const LONG = [0.05, 0.25, 1, 5, 15, 30, 60, 120, 300, 900, 3600];

export type Instruments = ReturnType<typeof instruments>;

export function instruments(registry: Registry) {
  const make = new Maker(registry);
  return { ...ofWork(make), ...ofCalls(make), ...ofService(make) };
}

/** Makes instruments with our prefix, in one registry. */
class Maker {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: `beltalowda_${name}_total`, help, labelNames, registers: this.#registers });
  }

  gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `beltalowda_${name}`, help, labelNames, registers: this.#registers });
  }

  seconds<Label extends string = never>(
    name: string,
    help: string,
    { buckets, labels = [] }: { readonly buckets: number[]; readonly labels?: Label[] },
  ): Histogram<Label> {
    const registers = this.#registers;
    return new Histogram({ name: `beltalowda_${name}_seconds`, help, labelNames: labels, buckets, registers });
  }
}

function ofWork(make: Maker) {
  return {
    workflows: make.gauge('workflows', 'Workflows that have not ended, in the whole database.', ['state']),
    steps: make.gauge('steps', 'Steps of this process that wait for a place, and those that run.', ['state']),
    begun: make.counter('workflows_begun', 'Workflows taken up by this process, for the first time or again.', [
      'pattern',
      'how',
    ]),
    ended: make.counter('workflows_ended', 'Workflows that ended in this process.', ['pattern', 'status']),
    duration: make.seconds('workflow_duration', 'From submission to end.', {
      labels: ['pattern', 'status'],
      buckets: LONG,
    }),
    queued: make.seconds('workflow_queue_wait', 'From submission to the first time it was taken up.', {
      buckets: LONG,
    }),
    step: make.seconds('step_duration', 'From the first beginning of a step to its outcome.', {
      labels: ['kind', 'outcome'],
      buckets: LONG,
    }),
    retried: make.counter('step_attempts_failed', 'Attempts of steps that failed and were to be repeated.', ['kind']),
    silent: make.counter('agents_silent', 'Times an agent was not heard of for too long.'),
  };
}

function ofCalls(make: Maker) {
  return {
    modelCall: make.seconds('model_call_duration', 'Requests to models.', {
      labels: ['model', 'outcome'],
      buckets: MEDIUM,
    }),
    toolCall: make.seconds('tool_call_duration', 'Requests to tools.', {
      labels: ['tool', 'outcome'],
      buckets: MEDIUM,
    }),
    callFailures: make.counter('call_failures', 'Requests to models and tools that failed, by code.', ['kind', 'code']),
    tokens: make.counter(
      'model_tokens',
      'Tokens on the bill; cached and cache_write are of the input, reasoning of the output.',
      ['model', 'type'],
    ),
    modelDollars: make.counter('model_cost_dollars', 'What models took, where their price is known.', ['model']),
    toolDollars: make.counter('tool_cost_dollars', 'What tools took, where their price is known.', ['tool']),
    waited: make.seconds('limiter_wait', 'What requests waited before they were made.', {
      labels: ['limiter'],
      buckets: MEDIUM,
    }),
  };
}

function ofService(make: Maker) {
  return {
    build: make.gauge('build_info', 'Which release this is; always 1.', ['version']),
    eventLag: make.seconds('event_lag', 'From an event to its being read for those who follow its workflow.', {
      buckets: SHORT,
    }),
    eventLoop: make.gauge('event_loop_delay_seconds', 'How late the event loop was since this was last read.', [
      'quantile',
    ]),
    store: make.seconds('store_verb', 'Verbs of the store, until durable.', { labels: ['verb'], buckets: SHORT }),
    storeFailures: make.counter('store_failures', 'Verbs of the store that were refused, by code.', ['code']),
    spans: make.counter('spans', 'Spans by what became of them.', ['fate']),
    deliveries: make.counter('webhook_deliveries', 'Attempts to deliver webhooks; dead: the last one failed.', [
      'outcome',
    ]),
    disabled: make.counter('webhooks_disabled', 'Times a webhook was disabled: gone, or silent for days.'),
  };
}
