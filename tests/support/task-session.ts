/** The client library of the tasks extension, over HTTP, beside a client of the SDK in the same era. */

import { createTaskSessionFromClient, type TaskEnabledSession } from '@modelcontextprotocol/ext-tasks/client';
import type { JsonValue } from '@modelcontextprotocol/ext-tasks/core';
import { onTestFinished } from 'vitest';
import { modernClient } from './http-clients.ts';
import { ask, post } from './http-service.ts';

const ERA = '2026-07-28';

interface Message {
  readonly method: string;
  readonly params: { readonly name?: string; readonly taskId?: string };
}

/** Closed with the test. */
export async function taskSession(url: string): Promise<TaskEnabledSession> {
  const client = await modernClient(url);
  let sent = 0;
  const session = createTaskSessionFromClient(client, {
    endpointId: 'the service',
    rawDispatch: async (request) => {
      const { method, params } = request as unknown as Message;
      sent += 1;
      const headers = {
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': ERA,
        'Mcp-Method': method,
        'Mcp-Name': params.name ?? params.taskId ?? '',
      };
      const { body } = await ask(`${url}/mcp`, post({ jsonrpc: '2.0', id: sent, method, params }, headers));
      const { result, error } = body as { result?: JsonValue; error?: { code: number; message: string } };
      return error === undefined ? { kind: 'result', result: result ?? null } : { kind: 'error', error };
    },
    v2RequestFraming: { protocolVersion: ERA, clientInfo: { name: 'ext', version: '1' }, clientCapabilities: {} },
  });
  onTestFinished(async () => {
    await session.close();
    await client.close();
  });
  return session;
}
