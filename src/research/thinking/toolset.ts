/**
 * The tools a step has, recorded with its first turn. What a model is shown is part of each request, so a step that is begun again
 * with other tools would ask other questions and buy all its answers anew. It goes on with those it began with: one that is not
 * there any more says so when it is called, and one that came since is for steps that begin later.
 */

import type { Share } from '../../core/budget.ts';
import type { Calls, Recordable } from '../../core/call.ts';
import type { Json } from '../../core/json.ts';
import type { Domain } from '../../core/source.ts';
import type { AgentTool, ToolCard, Workbench } from '../../providers/providers.ts';
import { asJson, plain } from '../journal.ts';
import { FREE, NO_COST } from './outside-tool.ts';

/** What is there now. */
interface There {
  readonly tools: readonly AgentTool[];
  /** What has to be done without, and why. */
  readonly without: readonly string[];
}

export interface Toolset extends There {
  /** Names of those that are not there any more. */
  readonly gone: readonly string[];
}

/** All of a tool that what is asked and answered depends on. */
type Recorded = ToolCard & Pick<AgentTool, 'addresses'>;

interface Began {
  readonly tools: readonly Recorded[];
  readonly without: readonly string[];
}

interface Wish {
  readonly domain: Domain | null;
  readonly share: Share;
  /** Whether there is nothing to be done without tools: then none is no beginning, and the next attempt looks again. */
  readonly needed: boolean;
}

/** Rejects as `open` and calls do. */
export async function begunWith(
  { calls, config }: Pick<Workbench, 'calls' | 'config'>,
  { domain, share, needed }: Wish,
  open: () => Promise<There>,
): Promise<Toolset> {
  const now = await open();
  const record = recordOf('tools', { domain, network: config.network });
  if (needed && now.tools.length === 0 && (await calls.recorded(record)) === undefined) return { ...now, gone: [] };
  const began = await asItStood(calls, { ...record, share }, async () => beginning(now));
  const there = new Map(now.tools.map((tool) => [tool.name, tool]));
  return {
    tools: began.tools.map((tool) => ({ ...(there.get(tool.name) ?? absent(tool)), ...tool })),
    without: began.without,
    gone: began.tools.map(({ name }) => name).filter((name) => !there.has(name)),
  };
}

/** How things stood in the workflow before is past: who goes on from it may have mended just that. */
function recordOf(name: string, request: Json): Recordable {
  return { key: name, kind: 'tool', name, request, own: true };
}

/** What was found by looking around, recorded so that the step's next attempt sees the same. Rejects as `look` and calls do. */
async function asItStood<T extends object>(
  calls: Pick<Calls, 'make'>,
  record: Recordable & { readonly share: Share },
  look: () => Promise<T>,
): Promise<T> {
  const outcome = await calls.make({
    ...record,
    most: FREE,
    run: async () => ({ kind: 'succeeded', output: asJson(await look()), spent: NO_COST }),
  });
  return plain(outcome) as T;
}

/** The domains an agent can work in, as they were when the plan was begun. */
export function domainsBegunWith<T extends object>(
  { calls, config }: Pick<Workbench, 'calls' | 'config'>,
  domains: readonly Domain[] | null,
  look: () => Promise<T>,
): Promise<T> {
  return asItStood(calls, { ...recordOf('domains', { domains, network: config.network }), share: 'plan' }, look);
}

function beginning({ tools, without }: There): Began {
  const recorded = tools.map(({ name, description, input_schema, addresses = [] }) => {
    return { name, description, input_schema, addresses };
  });
  return { tools: recorded, without };
}

/** Its answer is recorded like any other, so that what is asked after it is the same should the tool come back. */
function absent({ name, ...card }: Recorded): AgentTool {
  const text = `${name} is not available any more. Go on without it: asking again changes nothing.`;
  return { name, ...card, timeout_ms: 1000, run: () => Promise.resolve({ text, found: [], failed: true }) };
}
