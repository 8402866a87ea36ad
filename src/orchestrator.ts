/** The one door for every edge: start, status, result, cancel, resume. Knows who may see what; leaves the work to the engine. */

import type { Bus } from './bus/bus.ts';
import type { Clock } from './core/clock.ts';
import { Fault } from './core/errors.ts';
import { isTaskId } from './core/ids.ts';
import type {
  Caller,
  CancelRequest,
  CancelView,
  Orchestrator,
  ResultOptions,
  ResultView,
  StartRequest,
  StartView,
  StatusView,
  WaitOptions,
} from './core/views.ts';
import { isTerminal, type Workflow } from './core/workflow.ts';
import type { Engine } from './engine/engine.ts';
import { resultView } from './orchestrator/result-view.ts';
import { inputHash, prepare, type Settings } from './orchestrator/submission.ts';
import { estimate, modelNote, pollAfter, statusView } from './orchestrator/status-view.ts';
import type { Store } from './store/store.ts';

export interface OrchestratorParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly settings: Settings;
  /** Closes what this door does not know: the library, the log. */
  readonly closeRest: () => Promise<void>;
}

/** How long cancel waits for the end, so that its answer can usually name it. */
const CANCEL_WAIT_MS = 5000;
/** Longest silence towards a waiting client. */
const HEARTBEAT_MS = 10_000;
/** Events read for a status: enough to know what each agent did last. */
const EVENTS_READ = 200;

export class LocalOrchestrator implements Orchestrator {
  readonly #parts: OrchestratorParts;
  #serving = false;

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
  }

  async start(request: StartRequest, caller: Caller): Promise<StartView> {
    const { store, engine, settings } = this.#parts;
    const input_hash = inputHash(request);
    // Before anything else: the same key gives the same workflow, also when settings or files have changed meanwhile.
    const key = request.idempotency_key ?? null;
    const earlier = key === null || request.dry_run === true ? null : await store.workflows.byKey(caller.owner, key);
    if (earlier !== null) {
      if (earlier.input_hash === input_hash) return this.#started(earlier.workflow);
      const { task_id } = earlier.workflow;
      throw new Fault('IDEMPOTENCY_CONFLICT', `idempotency_key ${JSON.stringify(key)} belongs to ${task_id}`);
    }
    const submission = { ...(await prepare(request, caller, settings)), input_hash };
    if (request.dry_run === true) return startView({ ...submission, workflow: null, position: null });
    const interrupted = await engine.interrupted(caller.owner, input_hash);
    const view = await this.#started((await engine.submit(submission)).workflow);
    return interrupted === null ? view : { ...view, interrupted: interrupted.task_id };
  }

  async #started(workflow: Workflow): Promise<StartView> {
    const position = await this.#parts.store.workflows.queuePosition(workflow.task_id);
    return startView({ ...workflow, workflow, position });
  }

  async status(task_id: string, caller: Caller, wait: WaitOptions = {}): Promise<StatusView> {
    await this.#find(task_id, caller);
    if ((wait.wait_ms ?? 0) > 0) await this.#wait(task_id, wait);
    return this.#view(task_id);
  }

  async result(task_id: string, caller: Caller, options: ResultOptions = {}): Promise<ResultView> {
    const workflow = await this.#find(task_id, caller);
    return resultView(workflow, await this.#parts.store.results.get(task_id), options);
  }

  async cancel(task_id: string, caller: Caller, request: CancelRequest = {}): Promise<CancelView> {
    const before = await this.#find(task_id, caller);
    if (!isTerminal(before.status)) {
      const finalize = request.finalize === true;
      await this.#parts.engine.stop(task_id, { kind: 'cancel', reason: request.reason ?? null, finalize });
      await this.#wait(task_id, { wait_ms: CANCEL_WAIT_MS });
    }
    const { store } = this.#parts;
    const [workflow, claims, sources, steps] = await Promise.all([
      this.#find(task_id, caller),
      store.claims.list(task_id),
      store.sources.list(task_id),
      store.steps.list(task_id),
    ]);
    const done = steps.filter((step) => step.status === 'succeeded').length;
    return { task_id, status: workflow.status, kept: { claims: claims.length, sources: sources.length, steps: done } };
  }

  async resume(task_id: string, caller: Caller): Promise<StatusView> {
    const workflow = await this.#find(task_id, caller);
    if (!isTerminal(workflow.status)) await this.#parts.engine.take(task_id);
    return this.#view(task_id);
  }

  recover(): void {
    if (this.#serving) return;
    this.#serving = true;
    this.#parts.engine.serve();
  }

  async close(): Promise<void> {
    await this.#parts.engine.close();
    this.#parts.bus.close();
    await this.#parts.closeRest();
    await this.#parts.store.close();
  }

  /** The workflow, if it is the caller's. Unknown, malformed and foreign ids cannot be told apart. */
  async #find(task_id: string, caller: Caller): Promise<Workflow> {
    const workflow = isTaskId(task_id) ? await this.#parts.store.workflows.get(task_id) : null;
    if (workflow === null || workflow.owner !== caller.owner) {
      throw new Fault('NOT_FOUND', `no workflow has the task_id ${JSON.stringify(task_id.slice(0, 64))}`);
    }
    return workflow;
  }

  async #view(task_id: string): Promise<StatusView> {
    const { store } = this.#parts;
    const [workflow, steps, events, queue_position] = await Promise.all([
      store.workflows.get(task_id),
      store.steps.list(task_id),
      store.events.latest(task_id, EVENTS_READ),
      store.workflows.queuePosition(task_id),
    ]);
    if (workflow === null) throw new Fault('NOT_FOUND', `no workflow has the task_id "${task_id}"`);
    return statusView({ workflow, steps, events, queue_position });
  }

  /** Resolves at the end of the workflow, at a version above `since_version`, at the time limit, or when aborted. */
  async #wait(task_id: string, wait: WaitOptions): Promise<void> {
    const { store, clock, bus } = this.#parts;
    const until = clock.now() + (wait.wait_ms ?? 0);
    let told = { version: -1, at: clock.now() };
    for (;;) {
      const heard = nextHint({ bus, clock, task_id, signal: wait.signal });
      try {
        const workflow = await store.workflows.get(task_id);
        const left = until - clock.now();
        const changed = wait.since_version !== undefined && (workflow?.version ?? 0) > wait.since_version;
        if (workflow === null || isTerminal(workflow.status) || changed || left <= 0 || wait.signal?.aborted === true) {
          return;
        }
        // By the clock, not by the lack of hints: those about other workflows must not keep a client in silence.
        if (workflow.version !== told.version || clock.now() - told.at >= HEARTBEAT_MS) {
          told = { version: workflow.version, at: clock.now() };
          wait.progress?.(await this.#view(task_id));
        }
        await heard.within(Math.min(left, told.at + HEARTBEAT_MS - clock.now()));
      } finally {
        heard.cancel();
      }
    }
  }
}

/** Listens from before the state is read, so that no change falls between reading and waiting. */
function nextHint(on: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly task_id: string;
  readonly signal: AbortSignal | undefined;
}) {
  let settle: (() => void) | null = null;
  let early = false;
  const hear = (): void => {
    early = true;
    settle?.();
  };
  const unsubscribe = on.bus.subscribe(on.task_id, hear);
  on.signal?.addEventListener('abort', hear);
  const cancel = (): void => {
    unsubscribe();
    on.signal?.removeEventListener('abort', hear);
  };
  return {
    cancel,
    /** Resolves when a hint comes or came, else after `ms`. */
    within: (ms: number): Promise<void> =>
      new Promise<void>((resolve) => {
        const stopTimer = on.clock.after(ms, resolve);
        settle = () => {
          stopTimer();
          resolve();
        };
        if (early) settle();
      }),
  };
}

function startView(
  started: Pick<Workflow, 'orchestrator_type' | 'config'> & {
    /** Null for a dry run. */
    readonly workflow: Workflow | null;
    readonly position: number | null;
  },
): StartView {
  const { orchestrator_type, config, workflow, position } = started;
  return {
    ...(workflow === null ? {} : { task_id: workflow.task_id }),
    status: workflow?.status ?? 'pending',
    phase: workflow?.phase ?? 'queued',
    orchestrator_type,
    created_at: workflow?.created_at ?? null,
    estimate: estimate(orchestrator_type, config.agents ?? undefined),
    poll_after_seconds: workflow === null ? 0 : pollAfter(workflow),
    version: workflow?.version ?? 0,
    ...(position === null ? {} : { queue_position: position }),
    model: config.model,
    model_note: modelNote(config.model),
  };
}
