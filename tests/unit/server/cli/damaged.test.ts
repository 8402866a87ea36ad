import { describe, expect, it } from 'vitest';
import { type ErrorCode, Fault } from '../../../../src/core/errors.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run } from './run-command.ts';
import { ID, resultView, scriptedOrchestrator } from './scripted-orchestrator.ts';

/** Of which nothing can be shown. */
function unshown(code: ErrorCode) {
  const refuse = () => Promise.reject(new Fault(code, 'not to be shown'));
  return { ...scriptedOrchestrator(), status: refuse, result: refuse };
}

const shown = () => Promise.resolve(resultView());

describe('a workflow that is damaged', () => {
  it('is cancelled, with the way to be rid of it', async () => {
    const orchestrator = unshown('STORE_CORRUPT');
    const { exit, out } = await run(['cancel', ID], { orchestrator });
    expect(exit).toBe(0);
    expect(out).toContain(`${ID} is damaged, and cancelled: nobody can go on with it.\n`);
    expect(out).toMatch(new RegExp(`remove +beltalowda delete ${ID}\n`));
    expect(orchestrator.calls).toEqual(['cancel undefined false', 'close']);
  });

  it('is cancelled, with the way to what it found where that can be read', async () => {
    const orchestrator = { ...unshown('STORE_CORRUPT'), result: shown };
    const { exit, out } = await run(['cancel', ID], { orchestrator });
    expect(exit).toBe(0);
    expect(out).toContain(`${ID} is damaged, and cancelled: nobody can go on with it.\n`);
    expect(out).toMatch(new RegExp(`kept +1 claim, .*\n.*report +beltalowda result ${ID}\n`));
    expect(out).not.toContain('delete');
  });

  it('is said to stop as long as it has not ended', async () => {
    const kept = { claims: 1, sources: 1, steps: 1 };
    const cancel = () => Promise.resolve({ task_id: ID, status: 'running' as const, kept });
    const { exit, out } = await run(['cancel', ID], { orchestrator: { ...unshown('STORE_CORRUPT'), cancel } });
    expect(exit).toBe(0);
    expect(out).toContain(`${ID} is stopping`);
    expect(out).not.toContain('nobody can go on');
  });

  it('is deleted once the task_id is typed', async () => {
    const orchestrator = unshown('STORE_CORRUPT');
    const terminal = recordingTerminal({ stdinIsTTY: true, input: `${ID}\n` });
    const { exit, err } = await run(['delete', ID], { orchestrator, terminal });
    expect(exit).toBe(0);
    expect(err).toContain(`${ID} is damaged, and cannot be shown\n`);
    expect(orchestrator.calls).toEqual(['delete undefined', 'close']);
  });

  it.each(['cancel', 'delete'])('is what nothing else is taken for by %s', async (command) => {
    const orchestrator = unshown('NOT_FOUND');
    expect((await run([command, ID], { orchestrator })).err).toContain('error NOT_FOUND');
    expect(orchestrator.calls).toEqual(['close']);
  });
});
