/**
 * The extension `io.modelcontextprotocol/tasks` of the 2026 era: `tasks/get`, `tasks/update` and `tasks/cancel` on
 * workflows. A poll is a real request: it takes up what was interrupted, or a client that only polls would wait for ever.
 */

import { CLIENT_CAPABILITIES_META_KEY, MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { DEFAULT_DETAIL, DEFAULT_MAX_CHARS } from '../../core/limits.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import type { Scope } from '../scope.ts';
import { isObject, members } from './members.ts';
import { answered, type Defect } from './protocol-error.ts';
import { detailedTask } from './task.ts';

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

const named = z.object({ taskId: z.string() });

/** Whether the client said in this very request that it takes tasks: nothing is remembered between requests. */
export function takesTasks({ mcpReq }: ServerContext): boolean {
  const capabilities = members(members(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY]);
  return isObject(members(capabilities['extensions'])[TASKS_EXTENSION]);
}

export interface TaskParts {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
  readonly scopes: ReadonlySet<Scope>;
  readonly defect: Defect;
}

export function serveTasks({ server }: McpServer, { orchestrator, caller, scopes, defect }: TaskParts): void {
  const opened = async (context: ServerContext): Promise<Orchestrator> => {
    if (!takesTasks(context)) {
      throw new MissingRequiredClientCapabilityError({
        requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
      });
    }
    const one = await orchestrator();
    one.recover();
    return one;
  };
  server.setRequestHandler('tasks/get', { params: named }, ({ taskId }, context) =>
    answered(defect, async () => {
      const one = await opened(context);
      const first = { max_chars: DEFAULT_MAX_CHARS, detail: DEFAULT_DETAIL } as const;
      return detailedTask(await one.status(taskId, caller), () => one.result(taskId, caller, first));
    }),
  );
  // No workflow asks for input, so there is nothing to answer: the extension has such responses ignored.
  server.setRequestHandler('tasks/update', { params: named }, ({ taskId }, context) =>
    answered(defect, async () => {
      await (await opened(context)).status(taskId, caller);
      return {};
    }),
  );
  server.setRequestHandler('tasks/cancel', { params: named }, ({ taskId }, context) =>
    answered(defect, async () => {
      if (!scopes.has('run')) throw new Fault('FORBIDDEN', 'tasks/cancel takes the scope run');
      await (await opened(context)).cancel(taskId, caller);
      return {};
    }),
  );
}
