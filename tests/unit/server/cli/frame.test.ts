import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AgentView, StatusView } from '../../../../src/core/views.ts';
import type { FrameOptions } from '../../../../src/server/cli/frame.ts';
import { renderFrame } from '../../../../src/server/cli/frame.ts';
import { width } from '../../../../src/server/cli/width.ts';
import { agentView, DONE, statusView } from './scripted-orchestrator.ts';

const OPTIONS: FrameOptions = {
  width: 90,
  height: 40,
  now: Date.parse('2026-03-01T12:01:06.000Z'),
  tick: 2,
  since: 0,
  color: false,
  unicode: true,
};

const FINISHED: Partial<AgentView> = {
  status: 'completed',
  claims: 9,
  started_at: '2026-03-01T12:00:02.000Z',
  completed_at: '2026-03-01T12:00:05.000Z',
};
const BUSY: Partial<AgentView> = { status: 'running', claims: 1, started_at: '2026-03-01T12:01:00.000Z' };

const WORKING: StatusView = statusView({
  progress: 0.375,
  agents: [
    agentView('belter-1', { ...FINISHED, objective: 'What is a journal?' }),
    agentView('belter-2', { ...BUSY, activity: 'reading notes/wal.md', attempts: 2 }),
    agentView('belter-3', {
      status: 'failed',
      error: { code: 'STEP_TIMEOUT', message: 'took too long', hint: '', retryable: true },
    }),
    agentView('belter-4'),
    agentView('drummer-1', { objective: 'Merge the first half' }),
    agentView('drummer-2', { objective: 'Merge the second half' }),
    agentView('camina', { objective: 'Write the report' }),
  ],
});

const frame = (view: StatusView, changes: Partial<FrameOptions> = {}) => renderFrame(view, { ...OPTIONS, ...changes });

describe('renderFrame', () => {
  it('draws head, bar and the tree of agents with what each is doing', () => {
    expect(frame(WORKING)).toEqual([
      '⠹ How does WAL work?                                                                  1:05',
      '  ━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  37 %  researching · 1 of 7 agents done · 10 claims',
      '  ├─ ✔ Plan          4 objectives',
      '  ├─ ⠹ Belters       2 of 4 done',
      '  │  ├─ ✔ belter-1   What is a journal?                                   9 claims    0:03',
      '  │  ├─ ⠹ belter-2   Objective of belter-2  try 2: reading notes/wal.md    1 claim    0:06',
      '  │  ├─ ✖ belter-3   Objective of belter-3  took too long',
      '  │  └─ · belter-4   Objective of belter-4',
      '  ├─ · Drummers      0 of 2 done',
      '  │  ├─ · drummer-1  Merge the first half',
      '  │  └─ · drummer-2  Merge the second half',
      '  └─ · camina        Write the report',
    ]);
  });

  it('draws the same in ASCII where nothing else can be shown', () => {
    const lines = frame(WORKING, { unicode: false });
    expect(lines.join('\n')).toMatch(/^[\n\u0020-\u007E]*$/);
    expect(lines[3]).toBe('  |- - Belters       2 of 4 done');
  });

  it('never exceeds the window, whatever its size and however wide the letters', () => {
    const view = statusView({ ...WORKING, task: '埋め込みデータベースはどうやってデータを守りますか？'.repeat(4) });
    for (let cells = 24; cells <= 140; cells += 1) {
      for (const line of frame(view, { width: cells, color: true })) {
        expect(width(stripVTControlCharacters(line))).toBeLessThanOrEqual(cells);
      }
    }
    for (let rows = 1; rows <= 14; rows += 1) expect(frame(view, { height: rows }).length).toBeLessThanOrEqual(rows);
  });

  it('counts agents that do not fit, and keeps those at work in sight', () => {
    const agents = Array.from({ length: 30 }, (_, index) =>
      agentView(`belter-${index + 1}`, index === 20 ? BUSY : index < 20 ? FINISHED : {}),
    );
    const lines = frame(statusView({ agents: [...agents, agentView('camina')] }), { height: 9 });
    expect(lines).toHaveLength(9);
    expect(lines.join('\n')).toContain('⠹ belter-21');
    expect(lines[7]).toBe('  │  └─ 27 more: 20 done, 7 waiting');
  });

  it('shows planning before there are agents, and the place in the queue', () => {
    expect(frame(statusView({ phase: 'planning' }))[2]).toBe(
      '  └─ ⠹ Plan         reading the question and the sources',
    );
    const event = {
      task_id: 'wf',
      seq: 2,
      timestamp: '2026-03-01T12:00:02.000Z',
      event_type: 'agent_progress',
    } as const;
    const recent_events = [{ ...event, data: { activity: 'reading documents: 15 so far' } }];
    expect(frame(statusView({ phase: 'planning', recent_events }))[2]).toContain(
      'Plan         reading documents: 15 so far',
    );
    const queued = frame(statusView({ status: 'pending', phase: 'queued', queue_position: 3 }));
    expect(queued[1]).toContain('waiting in the queue, position 3');
    expect(queued[2]).toBe('  └─ · Plan');
    expect(frame(statusView({ status: 'failed', phase: 'planning' }))[2]).toContain('✖ Plan');
  });

  it('leaves out the words with which several objectives begin, so that their own can be seen', () => {
    const topics = ['integrity check', 'group commit', 'group size'];
    const whole = agentView('belter-0', { objective: 'How do databases keep data safe?' });
    const rest = topics.map((topic, index) =>
      agentView(`belter-${index}`, { objective: `databases keep data safe: ${topic}` }),
    );
    const shown = frame(statusView({ agents: [whole, ...rest] })).slice(4);
    expect(shown.map((line) => line.slice(line.indexOf('belter') + 10))).toEqual([
      'How do databases keep data safe?',
      '… integrity check',
      '… group commit',
      '… group size',
    ]);
  });

  it("puts a Swarm's domains in one group", () => {
    const lines = frame(statusView({ agents: [agentView('news'), agentView('academic'), agentView('camina')] }));
    expect(lines[3]).toBe('  ├─ · Agents       0 of 2 done');
  });

  it("counts a Swarm's domains as its objectives, and its synthesis apart from them", () => {
    const finished = ['news', 'academic', 'technical'].map((domain) => agentView(domain, FINISHED));
    const lines = frame(statusView({ agents: [...finished, agentView('synthesis', { claims: 9 })] }));
    expect(lines[1]).toContain('27 claims');
    expect(lines[2]).toBe('  ├─ ✔ Plan          3 objectives');
    expect(lines[3]).toBe('  ├─ ✔ Agents        3 of 3 done');
    expect(lines.at(-1)).toContain('└─ · synthesis');
  });

  it('counts the time of a workflow taken up again from where this process began', () => {
    const since = OPTIONS.now - 4000;
    const agents = [agentView('belter-1', BUSY)];
    const lines = frame(statusView({ resumed: 1, agents }), { since });
    expect(lines[0]).toMatch(/ 0:04$/);
    expect(lines[3]).toMatch(/ 0:04$/);
  });

  it('shows how it ended, with the time it took', () => {
    expect(frame(DONE, { tick: null })[0]).toMatch(/^✔ How does WAL work\? .* 0:03$/);
    expect(frame({ ...DONE, status: 'cancelled' })[1]).toContain('stopped');
  });

  it('does not let a title or an activity steer the terminal', () => {
    const agents = [agentView('belter-1', { ...BUSY, activity: 'a\u001B[2Jb', objective: 'x\ny' })];
    const text = frame(statusView({ task: 'evil \u001B]0;title\u0007', agents })).join('');
    expect(text).not.toContain('\u001B');
    expect(text).not.toContain('\u0007');
    expect(text).toContain('x y');
  });
});
