/** What `doctor` says of the servers whose tools agents may use, and of what it copies nowhere. */

import { type Config, optionOf, type Origin } from '../../config.ts';
import { count } from '../../core/amount.ts';
import { Fault } from '../../core/errors.ts';
import type { ToolServerState } from '../../core/tool-server.ts';
import type { Look } from './look.ts';
import type { CliParts } from './parts.ts';

/** Tries every server that is configured. */
export async function lookAtServers({ tools }: CliParts, config: Config): Promise<readonly Look[]> {
  const states = (await tools?.(config)) ?? [];
  return states.map(lookAtServer);
}

const MOST_NAMED = 20;

function lookAtServer({ name, tools, wrong }: ToolServerState): Look {
  const named = tools.slice(0, MOST_NAMED).join(', ');
  const more = tools.length > MOST_NAMED ? ` and ${tools.length - MOST_NAMED} more` : '';
  const there = tools.length === 0 ? [] : [`${count(tools.length, 'tool')}: ${named}${more}`];
  const words = [...there, ...wrong].join('; ') || 'it has no tools';
  const problem =
    tools.length > 0
      ? null
      : new Fault('TOOL_UNAVAILABLE', `mcpServers.${name}: ${words}`, {
          hint: 'Correct its entry in mcpServers, or take it out; research goes on without it.',
        });
  return { check: { what: `server ${name}`, good: problem === null, words }, problem };
}

/** Whether it was told to this process alone: no file holds it. */
export function isTold({ from }: Origin): boolean {
  return /^(?:flag|environment) /.test(from);
}

/** Whether it was told so and may be secret. */
export function isKept(origin: Origin): boolean {
  return isTold(origin) && optionOf(origin.name).secret === true;
}

/** For the settings that are kept: where they can stand instead. */
export function notCopied({ name }: Origin, { file }: Config): string {
  const { env, key } = optionOf(name);
  return `${env} is not copied into the entry for a host, because it may hold secrets; ${key} can stand in ${file.path}.`;
}
