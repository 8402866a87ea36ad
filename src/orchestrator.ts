/** The one door for every edge. Knows who may see what; leaves the work to the engine, and each answer to its own file. */

import type { Bus } from './bus/bus.ts';
import type { AuditView, DeleteView, ReplayView } from './core/audit.ts';
import type { Clock } from './core/clock.ts';
import { Fault } from './core/errors.ts';
import type { Figures } from './core/analytics.ts';
import type { AnalyticsRequest, AnalyticsView, ListRequest, ListView } from './core/listing.ts';
import type {
  Caller,
  CancelRequest,
  CancelView,
  DocumentView,
  EventsRequest,
  EventsView,
  Orchestrator,
  ResultOptions,
  ResultView,
  ResumeRequest,
  SourceView,
  StartRequest,
  StartView,
  StatusView,
  WaitOptions,
} from './core/views.ts';
import type {
  DeliveriesRequest,
  DeliveriesView,
  DeliveryView,
  RegisterRequest,
  RegisterView,
  UnregisterRequest,
  UnregisterView,
} from './core/webhook.ts';
import { isTerminal, type Workflow } from './core/workflow.ts';
import type { Definition, Engine } from './engine/engine.ts';
import { find, findErasedToo, findListed, unknown } from './orchestrator/access.ts';
import { Counting, figures } from './orchestrator/analytics.ts';
import { erase, Retention, type RetentionSettings } from './orchestrator/erasure.ts';
import { list, range } from './orchestrator/listing.ts';
import { quotaOf } from './orchestrator/quota.ts';
import { replay } from './orchestrator/replay.ts';
import { resultView } from './orchestrator/result-view.ts';
import { resumed } from './orchestrator/resumption.ts';
import { Statuses } from './orchestrator/status.ts';
import { startView } from './orchestrator/status-view.ts';
import { inputHash, prepare, type Settings } from './orchestrator/submission.ts';
import { document, source } from './orchestrator/texts.ts';
import { waitFor } from './orchestrator/waiting.ts';
import { deliveries, redeliver, register, submitted, unregister } from './orchestrator/webhooks.ts';
import type { Store } from './store/store.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

export interface OrchestratorParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly webhooks: Webhooks;
  /** What a replay runs again. */
  readonly definition: Pick<Definition, 'decide' | 'conclude'>;
  readonly settings: Settings & RetentionSettings;
  /** Deletes the index of a corpus. */
  readonly forget: (corpus_id: string) => Promise<void>;
  readonly log: (message: string, thrown?: unknown) => void;
  /** Closes what this door does not know: the library, the log. */
  readonly closeRest: () => Promise<void>;
}

/** How long cancel waits for the end, so that its answer can usually name it. */
const CANCEL_WAIT_MS = 5000;
const EVENTS_DEFAULT = 1000;
const EVENTS_MOST = 10_000;

export class LocalOrchestrator implements Orchestrator {
  readonly #parts: OrchestratorParts;
  readonly #retention: Retention;
  readonly #counting: Counting;
  readonly #statuses: Statuses;
  readonly figures: Figures<Caller>;
  #serving = false;
  #closing: Promise<void> | null = null;

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
    this.#retention = new Retention(parts);
    this.#counting = new Counting(parts);
    this.#statuses = new Statuses(parts);
    this.figures = figures(parts);
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
    const webhook = await submitted(this.#parts.webhooks, request.webhook);
    const submission = { ...(await prepare(request, caller, settings)), ...webhook?.submitted, input_hash };
    if (request.dry_run === true) {
      return startView({ ...submission, workflow: null, position: null, models: settings.models });
    }
    const before = await engine.interrupted(caller.owner, input_hash);
    const { workflow, created } = await engine.submit(submission, quotaOf(caller.owner, settings));
    const view = await this.#started(workflow);
    this.#retention.due();
    return {
      ...view,
      ...(before === null ? {} : { broken_off: before.task_id }),
      ...(created && webhook !== null ? { webhook: webhook.started } : {}),
    };
  }

  async #started(workflow: Workflow): Promise<StartView> {
    const position = await this.#parts.store.workflows.queuePosition(workflow.task_id);
    return startView({ ...workflow, workflow, position, models: this.#parts.settings.models });
  }

  async status(task_id: string, caller: Caller, wait: WaitOptions = {}): Promise<StatusView> {
    if ((wait.wait_ms ?? 0) > 0) {
      await this.#find(task_id, caller);
      const view = (): Promise<StatusView> => this.#statuses.of(task_id, caller);
      await waitFor({ ...this.#parts, view }, task_id, wait);
    }
    return this.#statuses.of(task_id, caller);
  }

  async result(task_id: string, caller: Caller, options: ResultOptions = {}): Promise<ResultView> {
    const workflow = await this.#find(task_id, caller);
    const { store } = this.#parts;
    const [row, sums] = await Promise.all([store.results.get(task_id), store.calls.spending(task_id)]);
    return resultView({ workflow, row, sums }, options);
  }

  async cancel(task_id: string, caller: Caller, request: CancelRequest = {}): Promise<CancelView> {
    const { store, engine } = this.#parts;
    const before = await findListed(store, task_id, caller);
    if (!isTerminal(before.status)) {
      const finalize = request.finalize === true;
      const stopped = await engine.stop(task_id, { kind: 'cancel', reason: request.reason ?? null, finalize });
      if (!isTerminal(stopped.status)) {
        const view = (): Promise<StatusView> => this.#statuses.of(task_id, caller);
        await waitFor({ ...this.#parts, view }, task_id, { wait_ms: CANCEL_WAIT_MS });
      }
    }
    const [workflow, claims, sources, steps] = await Promise.all([
      findListed(store, task_id, caller),
      store.claims.list(task_id),
      store.sources.list(task_id),
      store.steps.succeeded(task_id),
    ]);
    return { task_id, status: workflow.status, kept: { claims: claims.length, sources: sources.length, steps } };
  }

  async resume(task_id: string, caller: Caller, request: ResumeRequest = {}): Promise<StartView> {
    const workflow = await this.#find(task_id, caller);
    const changed = (id: string): void => this.#parts.bus.publish(id);
    return this.#started(await resumed({ ...this.#parts, changed }, workflow, { request, caller }));
  }

  list(caller: Caller, request: ListRequest = {}): Promise<ListView> {
    return list(this.#parts, caller, request);
  }

  taskIds(caller: Caller, prefix: string, limit: number): Promise<readonly string[]> {
    return this.#parts.store.workflows.ids(caller.owner, prefix, limit);
  }

  async analytics(caller: Caller, request: AnalyticsRequest = {}): Promise<AnalyticsView> {
    return this.#parts.store.analytics.figures(caller.owner, range(request));
  }

  async events(task_id: string, caller: Caller, request: EventsRequest = {}): Promise<EventsView> {
    const { after = 0, limit = EVENTS_DEFAULT } = request;
    // The status first: an ended workflow's events are then all there.
    const { status } = await findListed(this.#parts.store, task_id, caller);
    const range = { after, limit: Math.min(limit, EVENTS_MOST) };
    return { task_id, status, events: await this.#parts.store.events.list(task_id, range) };
  }

  async source(task_id: string, source_id: string, caller: Caller): Promise<SourceView> {
    await findListed(this.#parts.store, task_id, caller);
    return source(this.#parts.store, task_id, source_id);
  }

  async document(task_id: string, name: string, caller: Caller): Promise<DocumentView> {
    const { status } = await findListed(this.#parts.store, task_id, caller);
    return document(this.#parts.store, { task_id, status }, name);
  }

  async audit(task_id: string, caller: Caller): Promise<AuditView> {
    const { store } = this.#parts;
    const view = await store.audit.verify(task_id);
    if (view === null) throw unknown(task_id);
    // Whose it is can be believed of a sound record only; one that is not must not hide behind a changed owner. But only who sits
    // at this machine is told of it: for everybody else it may be a stranger's.
    if (view.sound || !caller.trusted) await findErasedToo(store, task_id, caller);
    return view;
  }

  async replay(task_id: string, caller: Caller): Promise<ReplayView> {
    const { store, definition } = this.#parts;
    const workflow = await this.#find(task_id, caller);
    if (!isTerminal(workflow.status)) {
      throw new Fault('WORKFLOW_ACTIVE', `${task_id} is ${workflow.status}: there is no result to replay to`);
    }
    const [steps, result] = await Promise.all([store.steps.list(task_id), store.results.get(task_id)]);
    const decide = definition.decide[workflow.orchestrator_type];
    const conclude: Definition['conclude'] = (journal, end) => definition.conclude(journal, end);
    return replay({ decide, conclude }, { workflow, steps, result });
  }

  registerWebhook(request: RegisterRequest, caller: Caller): Promise<RegisterView> {
    return register(this.#parts, request, caller);
  }

  unregisterWebhook(request: UnregisterRequest, caller: Caller): Promise<UnregisterView> {
    return unregister(this.#parts, request, caller);
  }

  webhookDeliveries(caller: Caller, request: DeliveriesRequest = {}): Promise<DeliveriesView> {
    return deliveries(this.#parts, caller, request);
  }

  redeliver(delivery_id: string, caller: Caller): Promise<DeliveryView> {
    return redeliver(this.#parts, delivery_id, caller);
  }

  async delete(task_id: string, caller: Caller, reason = 'deleted by its owner'): Promise<DeleteView> {
    const { status } = await findListed(this.#parts.store, task_id, caller);
    if (!isTerminal(status))
      throw new Fault('WORKFLOW_ACTIVE', `${task_id} is ${status}: only an ended one is deleted`);
    const erased = await erase(this.#parts, task_id, { kind: 'deleted', reason });
    const { head } = await this.audit(task_id, caller);
    return { task_id, erased, head };
  }

  probe(): Promise<void> {
    return this.#parts.store.probe();
  }

  watch(heard: (task_id: string | null) => void): () => void {
    return this.#parts.bus.subscribe(null, heard);
  }

  recover(): void {
    if (this.#serving) return;
    this.#serving = true;
    this.#parts.engine.serve();
    this.#parts.webhooks.serve();
    this.#retention.due();
    this.#counting.begin();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#retention.close();
    await this.#parts.webhooks.close();
    await this.#counting.close();
    await this.#parts.engine.close();
    this.#parts.bus.close();
    await this.#parts.closeRest();
    await this.#parts.store.close();
  }

  #find(task_id: string, caller: Caller): Promise<Workflow> {
    return find(this.#parts.store, task_id, caller);
  }
}
