import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { Orchestrator } from '../../../../src/core/views.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { RESEARCH, start } from './run-command.ts';
import { agentView, ID, resultView, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

describe('Ctrl-C', () => {
  it('once stops the workflow, prints what there is and exits with 3', async () => {
    const orchestrator = scriptedOrchestrator({
      views: [statusView()],
      result: resultView({ completeness: 'partial' }),
    });
    const { exit, terminal } = start(RESEARCH, { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    expect(await exit).toBe(3);
    expect(terminal.written.err).toContain(
      `Stopping: writing up what there is; \`beltalowda resume ${ID}\` goes on with it later. Press Ctrl-C again to leave now.`,
    );
    expect(terminal.written.out).toContain('It works.');
    expect(terminal.written.err).toContain(`To go on with it: beltalowda resume ${ID}\n`);
    expect(orchestrator.calls).toEqual(['start as local', 'cancel Ctrl-C false', 'close']);
  });

  it('twice leaves with 130, gives the leases back and says how to go on', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()], stubborn: true });
    const { exit, terminal } = start(RESEARCH, { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    terminal.interrupt();
    expect(await exit).toBe(130);
    expect(orchestrator.calls.at(-1)).toBe('close');
    expect(terminal.written.err).toContain(`Left. What was recorded is kept; carry on with: beltalowda resume ${ID}`);
    expect(terminal.written.out).toBe('');
  });

  it('twice does not wait longer than a second for a store that does not close', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()], stubborn: true, hangs: true });
    const { exit, terminal } = start(RESEARCH, { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    terminal.interrupt();
    await new Promise(setImmediate);
    terminal.advance(1000);
    expect(await exit).toBe(130);
  });

  it('shows the error when stopping is not possible', async () => {
    const cancelFault = new Fault('STORE_LOCKED', 'locked for 10 s');
    const orchestrator = scriptedOrchestrator({ views: [statusView()], cancelFault });
    const { exit, terminal } = start(RESEARCH, { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    expect(await exit).toBe(1);
    expect(terminal.written.err).toContain('error STORE_LOCKED');
  });

  it('leaves at once while nothing has been started', async () => {
    const terminal = recordingTerminal();
    const opening = Promise.withResolvers<Orchestrator>();
    const { exit } = start(RESEARCH, { terminal, opening: opening.promise });
    await new Promise(setImmediate);
    await import('commander');
    await new Promise(setImmediate);
    terminal.interrupt();
    expect(await exit).toBe(130);
    expect(terminal.written.err).toBe('Left.\n');
  });

  it('on SIGTERM leaves with 143', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()] });
    const { exit, terminal } = start(RESEARCH, { orchestrator });
    await orchestrator.waiting();
    terminal.terminate(143);
    expect(await exit).toBe(143);
  });

  it('takes the live picture away and shows the cursor again', async () => {
    const terminal = recordingTerminal({ live: true });
    const orchestrator = scriptedOrchestrator({
      views: [statusView({ agents: [agentView('belter-1')] })],
      stubborn: true,
    });
    const { exit } = start(RESEARCH, { orchestrator, terminal });
    await orchestrator.waiting();
    terminal.interrupt();
    terminal.interrupt();
    expect(await exit).toBe(130);
    expect(terminal.written.err.split('<cursor off>')).toHaveLength(2);
    expect(terminal.written.err.lastIndexOf('<cursor on>')).toBeGreaterThan(
      terminal.written.err.lastIndexOf('belter-1'),
    );
    expect(terminal.timers()).toBe(0);
  });
});
