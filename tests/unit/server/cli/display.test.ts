import { describe, expect, it } from 'vitest';
import type { EventType, WorkflowEvent } from '../../../../src/core/event.ts';
import { EVENT_TYPES } from '../../../../src/core/event.ts';
import { display } from '../../../../src/server/cli/display.ts';
import { eventLine } from '../../../../src/server/cli/event-line.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { agentView, ID, statusView } from './scripted-orchestrator.ts';

const ESC = '\u001B';

const event = (event_type: EventType, more: Partial<WorkflowEvent> = {}): WorkflowEvent => ({
  task_id: ID,
  seq: 1,
  timestamp: '2026-03-01T12:03:04.000Z',
  event_type,
  data: {},
  ...more,
});

describe('a live display', () => {
  it('draws at once, redraws in place with one write a picture, and leaves a clean screen', () => {
    const terminal = recordingTerminal({ live: true });
    const live = display(terminal, false);
    live.update(statusView({ agents: [agentView('belter-1', { status: 'running' })] }));
    const first = terminal.written.err;
    expect(first).toMatch(new RegExp(`^<cursor off>${ESC}\\[\\?2026h`));
    expect(first).toContain('⠋ belter-1');
    terminal.written.err = '';
    terminal.advance(90);
    const second = terminal.written.err;
    expect(second.startsWith('\u001B[?2026h\u001B[4A\r')).toBe(true);
    expect(second).toContain('⠙ belter-1');
    expect(second.endsWith('\u001B[J\u001B[?2026l')).toBe(true);
    terminal.written.err = '';
    live.stop();
    live.stop();
    expect(terminal.written.err).toBe('\u001B[4A\r\u001B[J<cursor on>');
    expect(terminal.timers()).toBe(0);
  });

  it('does not draw between pictures, however often the view changes', () => {
    const terminal = recordingTerminal({ live: true });
    const live = display(terminal, false);
    live.update(statusView());
    terminal.written.err = '';
    for (let version = 2; version < 100; version += 1) live.update(statusView({ version }));
    expect(terminal.written.err).toBe('');
    live.stop();
  });

  it('puts a note above the picture, where it stays', () => {
    const terminal = recordingTerminal({ live: true });
    const live = display(terminal, false);
    live.note('before');
    live.update(statusView());
    terminal.written.err = '';
    live.note('Stopping');
    expect(terminal.written.err).toContain('\u001B[3A\r\u001B[JStopping\n⠋ How');
    live.stop();
    expect(terminal.written.err.endsWith('\u001B[3A\r\u001B[J<cursor on>')).toBe(true);
  });

  it('goes back over the lines that a narrower window has wrapped', () => {
    const terminal = recordingTerminal({ live: true, columns: 80 });
    const live = display(terminal, false);
    live.update(statusView());
    terminal.written.err = '';
    terminal.resize(40);
    terminal.advance(90);
    const rows = Number(new RegExp(`${ESC}\\[(\\d+)A`).exec(terminal.written.err)?.[1]);
    expect(rows).toBeGreaterThan(3);
    live.stop();
  });
});

const progress = (seq: number, seconds: number, activity: string): WorkflowEvent =>
  event('agent_progress', { seq, timestamp: `2026-03-01T12:03:${10 + seconds}.000Z`, data: { activity } });

describe('plain lines', () => {
  it('tell each event once', () => {
    const terminal = recordingTerminal();
    const plain = display(terminal, false);
    const events = [event('workflow_start'), event('decomposition_start', { seq: 2 })];
    plain.update(statusView({ recent_events: events }));
    plain.update(statusView({ recent_events: events }));
    plain.note('note');
    plain.stop();
    expect(terminal.written.err.replaceAll(/\d\d:\d\d:04/g, 'T')).toBe('T started\nT planning\nnote\n');
  });

  it('of a count are told at most every five seconds, those of another matter at once', () => {
    const terminal = recordingTerminal();
    const plain = display(terminal, false);
    plain.update(
      statusView({
        recent_events: [
          progress(1, 0, 'reading documents: 9 so far'),
          progress(2, 1, 'reading documents: 12 so far'),
          progress(3, 2, 'indexing'),
          progress(4, 4, 'reading documents: 99 so far'),
          progress(5, 5, 'reading documents: 120 so far'),
          progress(6, 6, 'reading documents: 130 so far'),
        ],
      }),
    );
    const told = terminal.written.err
      .replaceAll(/\d\d:\d\d:\d\d /g, '')
      .trimEnd()
      .split('\n');
    expect(told).toEqual(['reading documents: 9 so far', 'indexing', 'reading documents: 120 so far']);
  });

  it('are left out when quiet, notes are not', () => {
    const terminal = recordingTerminal({ live: true });
    const quiet = display(terminal, true);
    quiet.update(statusView({ recent_events: [event('workflow_start')] }));
    quiet.note('note');
    quiet.stop();
    expect(terminal.written.err).toBe('note\n');
  });
});

const BUDGET = { spent: { tokens: 12_000, cost_usd: 0.81 }, budget: { max_tokens: null, max_cost_usd: 1 } };
const TOKENS = { spent: BUDGET.spent, budget: { max_tokens: 20_000, max_cost_usd: null } };

describe('eventLine', () => {
  const view = statusView({ agents: [agentView('belter-2', { objective: 'Why\nWAL?', claims: 3 })] });
  const words = (given: WorkflowEvent) => eventLine(given, view)?.replace(/^\d\d:\d\d:\d\d /, '');

  it('has a sentence for every event there can be', () => {
    for (const type of EVENT_TYPES) {
      const line = words(event(type, { agent_id: 'belter-2', data: { message: 'm' } }));
      expect(line).toMatch(/^[a-z]/);
      expect(line).not.toContain('undefined');
    }
  });

  it.each([
    [event('agent_start', { agent_id: 'belter-2' }), 'belter-2 started: Why WAL?'],
    [event('agent_start', { agent_id: 'other' }), 'other started'],
    [event('agent_start'), 'an agent started'],
    [event('agent_progress', { data: { activity: 'collecting' } }), 'collecting'],
    [event('workflow_resumed', { data: { phase: 'planning' } }), 'carried on; reading starts over'],
    [event('workflow_resumed', { data: { phase: 'researching' } }), 'carried on where it was left'],
    [event('workflow_resumed', { data: { approved: true, phase: 'planning' } }), 'the plan is approved'],
    [event('agent_error', { data: { message: 'm', retry_at: '2026' } }), 'failed, trying again: m'],
    [event('agent_complete', { agent_id: 'b', data: { claims: 0 } }), 'b done: nothing found'],
    [event('decomposition_complete', { data: { agents: [1, 2] } }), 'plan ready: 2 objectives'],
    [event('source_found', { data: { sources: 15, skipped: 0 } }), 'sources read: 15'],
    [event('source_found', { data: { sources: 15, skipped: 2 } }), 'sources read: 15, 2 skipped'],
    [event('synthesis_start', { agent_id: 'drummer-1' }), 'drummer-1 started'],
    [event('agent_complete', { agent_id: 'belter-2' }), 'belter-2 done: 3 claims'],
    [event('agent_complete', { agent_id: 'belter-2', data: { claims: 1 } }), 'belter-2 done: 1 claim'],
    [event('agent_complete', { agent_id: 'other' }), 'other done'],
    [event('agent_error', { agent_id: 'belter-2', data: { error: { message: 'late' } } }), 'belter-2 failed: late'],
    [event('agent_error', { agent_id: 'belter-2', data: { error: { message: 1 } } }), 'belter-2 failed'],
    [event('agent_progress', { agent_id: 'belter-2', data: { activity: 'reading' } }), 'belter-2: reading'],
    [event('agent_progress', { agent_id: 'belter-2' }), undefined],
    [event('source_found', { agent_id: 'b', data: { location: 'a/b.md' } }), 'b found a source: a/b.md'],
    [event('budget_warning', { data: BUDGET }), 'budget nearly used: $0.81 of $1.00'],
    [event('budget_warning'), 'budget nearly used'],
    [
      event('budget_exhausted', { agent_id: 'b', data: { ...TOKENS, share: 'research' } }),
      'the budget for research is used up: 12,000 tokens of 20,000 tokens',
    ],
    [event('budget_exhausted', { data: { share: 'else' } }), 'budget used up'],
    [event('workflow_cancelled', { data: { reason: 'x\u001B[2J' } }), 'stopped: x[2J'],
  ])('says %j as %j', (given, line) => {
    expect(words(given)).toBe(line);
  });
});
