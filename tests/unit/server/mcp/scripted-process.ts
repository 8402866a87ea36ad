/** The stdio edge in a process of its own: a wait ends by a timer that does not hold the process. */

import process from 'node:process';
import type { Caller, StatusView, WaitOptions } from '../../../../src/core/views.ts';
import { serveOverStdio } from '../../../../src/server/stdio.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER, STATUS } from './views.ts';

class Waiting extends ScriptedOrchestrator {
  override status(_id: string, _caller: Caller, _wait?: WaitOptions): Promise<StatusView> {
    return new Promise((resolve) => {
      setTimeout(() => resolve(STATUS), 100).unref();
    });
  }
}

const scripted = new Waiting();
const service = await serveOverStdio(
  { version: '1', orchestrator: async () => scripted, caller: CALLER, tasks: true },
  { stdin: process.stdin, stdout: process.stdout },
  { warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) },
);
await service.ended;
