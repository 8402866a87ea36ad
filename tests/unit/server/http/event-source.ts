/** A workflow whose events the test writes: the port as the hubs see it, with every read counted. */

import { Fault } from '../../../../src/core/errors.ts';
import type { EventType, WorkflowEvent } from '../../../../src/core/event.ts';
import type { Caller, EventsRequest, EventsView, StatusView } from '../../../../src/core/views.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { STATUS, TASK_ID } from '../mcp/views.ts';

export class WrittenWorkflow extends ScriptedOrchestrator {
  readonly written: WorkflowEvent[] = [];
  reads = 0;
  /** How often the whole status was asked for. */
  looks = 0;
  /** Events before this one are not there any more. */
  first = 1;
  ended = false;
  broken: Fault | null = null;
  /** Resolved before a read answers: a store that is slow. */
  held: Promise<void> = Promise.resolve();

  /** Writes events, and gives the hint that follows each commit. */
  write(count: number, size = 0): void {
    for (let one = 0; one < count; one += 1) this.#push('agent_progress', 'x'.repeat(size));
    this.hint(TASK_ID);
  }

  end(): void {
    this.#push('workflow_complete', '');
    this.ended = true;
    this.hint(TASK_ID);
  }

  override async events(task_id: string, _caller: Caller, request?: EventsRequest): Promise<EventsView> {
    this.reads += 1;
    await this.held;
    if (this.broken !== null) throw this.broken;
    if (task_id !== TASK_ID) throw new Fault('NOT_FOUND', `no workflow has the task_id "${task_id}"`);
    const { after = 0, limit = 1000 } = request ?? {};
    const events = this.written.filter(({ seq }) => seq > after && seq >= this.first).slice(0, limit);
    return { task_id, status: this.ended ? 'completed' : 'running', events };
  }

  override async status(): Promise<StatusView> {
    this.looks += 1;
    return { ...STATUS, version: this.written.length, status: this.ended ? 'completed' : 'running' };
  }

  #push(event_type: EventType, text: string): void {
    const seq = this.written.length + 1;
    this.written.push({ task_id: TASK_ID, seq, event_type, timestamp: '2026-01-01T00:00:00.000Z', data: { text } });
  }
}
