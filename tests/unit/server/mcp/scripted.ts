/** A scripted implementation of the Orchestrator port: what the edge asks is recorded, what it answers is set by the test. */

import type { AuditView, DeleteView, ReplayView } from '../../../../src/core/audit.ts';
import { Fault } from '../../../../src/core/errors.ts';
import type { AnalyticsRequest, AnalyticsView, ListRequest, ListView } from '../../../../src/core/listing.ts';
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
} from '../../../../src/core/views.ts';
import {
  ANALYTICS,
  CANCELLED,
  DOCUMENT,
  EVENTS,
  LIST,
  OLDER,
  RESULT,
  SOURCE,
  START,
  STATUS,
  TASK_ID,
} from './views.ts';

interface Asked {
  readonly method: string;
  readonly args: readonly unknown[];
}

export class ScriptedOrchestrator implements Orchestrator {
  readonly asked: Asked[] = [];
  /** How often the edge asked for what was interrupted to be taken up. */
  recovered = 0;
  /** Views a wait passes through; the last one is its answer. Null: waits until the signal aborts. */
  wait: StatusView[] | null = [STATUS];
  startView: StartView = START;
  statusView: StatusView = STATUS;
  resultView: ResultView = RESULT;
  listView: ListView = LIST;
  eventsView: EventsView = EVENTS;
  failure: unknown = null;
  statusFailure: unknown = null;
  /** Resolves when a wait was given up. */
  readonly abandoned: Promise<void>;
  #abandon: () => void = () => undefined;
  readonly #heard = new Set<(task_id: string | null) => void>();

  constructor() {
    this.abandoned = new Promise((resolve) => {
      this.#abandon = resolve;
    });
  }

  /** How many watches are on. */
  get watches(): number {
    return this.#heard.size;
  }

  /** Gives every watch a hint. */
  hint(task_id: string | null): void {
    for (const heard of this.#heard) heard(task_id);
  }

  async start(request: StartRequest, caller: Caller): Promise<StartView> {
    this.#ask('start', request, caller);
    return this.startView;
  }

  async status(task_id: string, caller: Caller, wait?: WaitOptions): Promise<StatusView> {
    this.#ask('status', task_id, caller, wait);
    if (this.statusFailure !== null) throw this.statusFailure;
    known(task_id);
    if (wait === undefined) return this.statusView;
    if (this.wait === null) return this.#untilAborted(wait);
    for (const view of this.wait) wait.progress?.(view);
    return this.wait.at(-1) ?? STATUS;
  }

  async result(task_id: string, caller: Caller, options?: ResultOptions): Promise<ResultView> {
    this.#ask('result', task_id, caller, options);
    known(task_id);
    return this.resultView;
  }

  async cancel(task_id: string, caller: Caller, request?: CancelRequest): Promise<CancelView> {
    this.#ask('cancel', task_id, caller, request);
    known(task_id);
    return CANCELLED;
  }

  async resume(task_id: string, caller: Caller, request?: ResumeRequest): Promise<StartView> {
    this.#ask('resume', task_id, caller, request);
    known(task_id);
    return this.startView;
  }

  async list(caller: Caller, request?: ListRequest): Promise<ListView> {
    this.#ask('list', caller, request);
    if (request?.cursor !== undefined && request.cursor !== LIST.next_cursor) {
      throw new Fault('INVALID_INPUT', 'cursor belongs to another query');
    }
    return this.listView;
  }

  async analytics(caller: Caller, request?: AnalyticsRequest): Promise<AnalyticsView> {
    this.#ask('analytics', caller, request);
    return ANALYTICS;
  }

  async events(task_id: string, caller: Caller, request?: EventsRequest): Promise<EventsView> {
    this.#ask('events', task_id, caller, request);
    known(task_id);
    const { after = 0, limit = 1000 } = request ?? {};
    const events = this.eventsView.events.filter(({ seq }) => seq > after).slice(0, limit);
    return { ...this.eventsView, events };
  }

  async source(task_id: string, source_id: string, caller: Caller): Promise<SourceView> {
    this.#ask('source', task_id, source_id, caller);
    known(task_id);
    if (source_id !== SOURCE.source_id) throw new Fault('NOT_FOUND', `no source has the source_id "${source_id}"`);
    return SOURCE;
  }

  async document(task_id: string, name: string, caller: Caller): Promise<DocumentView> {
    this.#ask('document', task_id, name, caller);
    known(task_id);
    if (name !== DOCUMENT.name) throw new Fault('NOT_FOUND', `no document is named "${name}"`);
    return DOCUMENT;
  }

  async taskIds(caller: Caller, prefix: string, limit: number): Promise<readonly string[]> {
    this.#ask('taskIds', caller, prefix, limit);
    return [TASK_ID, OLDER].filter((id) => id.startsWith(prefix)).slice(0, limit);
  }

  async audit(task_id: string): Promise<AuditView> {
    throw new Fault('INTERNAL', `the edge has no audit of ${task_id}`);
  }

  async replay(task_id: string): Promise<ReplayView> {
    throw new Fault('INTERNAL', `the edge has no replay of ${task_id}`);
  }

  async delete(task_id: string): Promise<DeleteView> {
    throw new Fault('INTERNAL', `the edge may not delete ${task_id}`);
  }

  async probe(): Promise<void> {
    this.#ask('probe');
  }

  watch(heard: (task_id: string | null) => void): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  recover(): void {
    this.recovered += 1;
  }

  async close(): Promise<void> {}

  #ask(method: string, ...args: unknown[]): void {
    this.asked.push({ method, args });
    if (this.failure !== null) throw this.failure;
  }

  #untilAborted(wait: WaitOptions): Promise<StatusView> {
    return new Promise((resolve) => {
      const abandon = (): void => {
        this.#abandon();
        resolve(STATUS);
      };
      if (wait.signal?.aborted === true) abandon();
      else wait.signal?.addEventListener('abort', abandon);
    });
  }
}

function known(task_id: string): void {
  if (task_id !== TASK_ID) throw new Fault('NOT_FOUND', `no workflow has the task_id "${task_id}"`);
}
