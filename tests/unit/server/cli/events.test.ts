import { describe, expect, it } from 'vitest';
import type { WorkflowEvent } from '../../../../src/core/event.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run, start } from './run-command.ts';
import { DONE, ID, resultView, scriptedOrchestrator, statusView, WAITING } from './scripted-orchestrator.ts';

const event = (
  seq: number,
  event_type: WorkflowEvent['event_type'],
  rest: Partial<WorkflowEvent> = {},
): WorkflowEvent => ({
  task_id: ID,
  seq,
  timestamp: `2026-03-01T12:00:0${seq}.000Z`,
  event_type,
  data: {},
  ...rest,
});

describe('events', () => {
  const events = [
    event(1, 'workflow_start'),
    event(2, 'agent_progress', { agent_id: 'belter-1' }),
    event(3, 'agent_complete', { agent_id: 'belter-1', data: { claims: 2 } }),
    event(4, 'workflow_complete'),
  ];
  const ended = { ...DONE, version: 4 };

  it('prints one a line, also those that are no news, with number, whole time and kind in a pipe', async () => {
    const orchestrator = scriptedOrchestrator({ views: [ended], events });
    const { exit, out } = await run(['events', ID], { orchestrator });
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        '1\t2026-03-01T12:00:01.000Z\tworkflow_start\tstarted',
        '2\t2026-03-01T12:00:02.000Z\tagent_progress\tbelter-1 at work',
        '3\t2026-03-01T12:00:03.000Z\tagent_complete\tbelter-1 done: 2 claims',
        '4\t2026-03-01T12:00:04.000Z\tworkflow_complete\tdone',
        '',
      ].join('\n'),
    );
    expect(orchestrator.calls).toEqual(['close']);
  });

  it('is cut at the edge of a window', async () => {
    const long = [event(1, 'agent_progress', { data: { activity: 'reading '.repeat(30) } })];
    const orchestrator = scriptedOrchestrator({ views: [{ ...DONE, version: 1 }], events: long });
    const { out } = await run(['events', ID], { orchestrator, terminal: recordingTerminal({ stdoutIsTTY: true }) });
    expect(out).toMatch(/^ {3}1 {2}2026-03-01 \d\d:00:01 {2}reading .*…\n$/);
    expect(out.length).toBeLessThanOrEqual(80);
  });

  it('prints one JSON object a line, also for an error', async () => {
    const orchestrator = scriptedOrchestrator({ views: [ended], events });
    const { out } = await run(['events', ID, '--json', '--after', '2'], { orchestrator });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events.slice(2));
    const { out: error } = await run(['events', 'wf_x', '--json'], {
      orchestrator: scriptedOrchestrator({ views: [] }),
    });
    expect(error.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(error)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('with --follow takes the workflow up, goes on to the terminal event and exits as it ended', async () => {
    const views = [statusView({ version: 1 }), statusView({ version: 3 }), ended];
    const orchestrator = scriptedOrchestrator({ views, events, result: resultView({ completeness: 'partial' }) });
    const { exit, out } = await run(['events', ID, '--follow'], { orchestrator });
    expect(exit).toBe(3);
    expect(orchestrator.calls).toEqual(['resume', 'close']);
    expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual(['1', '2', '3', '4', '']);
  });

  it('with --follow does not take up one that waits for approval, and says that it waits', async () => {
    const orchestrator = scriptedOrchestrator({ views: [{ ...WAITING, version: 1 }, ended], events });
    const { out, err } = await run(['events', ID, '--follow'], { orchestrator });
    expect(orchestrator.calls).toEqual(['close']);
    expect(err).toContain(`The plan waits for approval; beltalowda status ${ID} shows it.`);
    expect(out).toContain('workflow_complete');
  });

  it('with --follow, Ctrl-C only stops watching', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()], events });
    const { exit, terminal } = start(['events', ID, '--follow'], { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    expect(await exit).toBe(3);
    expect(orchestrator.calls).toEqual(['resume', 'close']);
  });

  it('tells an approval from a workflow that was carried on', async () => {
    const views = [{ ...DONE, version: 3 }];
    const told = [
      event(1, 'workflow_resumed'),
      event(2, 'workflow_resumed', { data: { approved: true, edited: false } }),
      event(3, 'workflow_resumed', { data: { approved: true, edited: true } }),
    ];
    const { out } = await run(['events', ID], { orchestrator: scriptedOrchestrator({ views, events: told }) });
    expect(out.match(/carried on where it was left|the plan is approved.*/g)).toEqual([
      'carried on where it was left',
      'the plan is approved',
      'the plan is approved, as edited',
    ]);
  });
});
