/** Connections of one test file, counted openings included; all of them end with their test. */

import { afterEach } from 'vitest';
import type { McpParts } from '../../../../src/server/mcp/mcp.ts';
import type { Connection, TestClient } from './clients.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER } from './views.ts';

interface Connected {
  readonly client: TestClient;
  readonly scripted: ScriptedOrchestrator;
  /** How often the orchestrator was asked for. */
  readonly opened: () => number;
  /** Hangs up, and resolves when the server has ended. */
  readonly end: () => Promise<void>;
}

/** Registers the clean-up with the describe block it is called in. */
export function connections(connect: (parts: McpParts) => Promise<Connection>) {
  const open: Connection[] = [];
  afterEach(async () => {
    for (const { client, service } of open.splice(0)) {
      await client.close();
      await service.close();
    }
  });
  return async (parts: Partial<McpParts> & { readonly scripted?: ScriptedOrchestrator } = {}): Promise<Connected> => {
    const { scripted = new ScriptedOrchestrator(), ...rest } = parts;
    let opened = 0;
    const orchestrator: McpParts['orchestrator'] = async () => {
      opened += 1;
      return scripted;
    };
    const connection = await connect({ version: '1.2.3', orchestrator, caller: CALLER, tasks: true, ...rest });
    open.push(connection);
    return {
      client: connection.client,
      scripted,
      opened: () => opened,
      end: async () => {
        connection.hangUp();
        await connection.service.ended;
      },
    };
  };
}

/** Resolves once `holds` does, checked at each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
