/** A command whose workflow cannot go on, because the store takes nothing: it waits, but not for ever. */

import { expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { StatusView } from '../../../../src/core/views.ts';
import { type RecordingTerminal, recordingTerminal } from './recording-terminal.ts';
import { RESEARCH, run } from './run-command.ts';
import { DONE, ID, type ScriptedOrchestrator, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

const FULL = new Fault('STORE_FULL', '/data/beltalowda.db: database or disk is full').toRecord();
const held = statusView({ error: FULL });

/** Something is recorded at every twentieth look; in the end it is done. */
function nowAndThen(look: number): StatusView {
  if (look > 80) return DONE;
  return look % 20 === 0 ? statusView() : held;
}

/** Five seconds pass at every look; `look` says what is seen at which. */
function passing(terminal: RecordingTerminal, look: (number: number) => StatusView): ScriptedOrchestrator {
  let looks = 0;
  return {
    ...scriptedOrchestrator(),
    events: () => Promise.resolve({ task_id: ID, status: 'running', events: [] }),
    status: () => {
      terminal.advance(5000);
      looks += 1;
      return Promise.resolve(look(looks));
    },
  };
}

it.each([[RESEARCH], [['resume', ID]], [['status', ID, '--follow']], [['events', ID, '--follow']]])(
  '%j ends after two minutes, says why, and how to carry on',
  async (argv) => {
    const terminal = recordingTerminal();
    const began = terminal.now();
    const { exit, err } = await run(argv, { terminal, orchestrator: passing(terminal, () => held) });
    expect(exit).toBe(1);
    expect(err).toContain('error STORE_FULL: /data/beltalowda.db: database or disk is full, for 120 s now');
    expect(err).toMatch(new RegExp(`hint: Free space .* Then carry on with: beltalowda resume ${ID}`));
    expect(terminal.now() - began).toBeLessThan(150_000);
  },
);

it('waits anew where something was recorded in between, and prints the report in the end', async () => {
  const terminal = recordingTerminal();
  const { exit, err } = await run(RESEARCH, { terminal, orchestrator: passing(terminal, nowAndThen) });
  expect(exit).toBe(0);
  expect(err).not.toContain('STORE_FULL');
});
