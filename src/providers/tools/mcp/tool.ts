/** A tool of a server, as agents get it. What it answers can be quoted and cited like any other text. */

import { createHash } from 'node:crypto';
import type { Tool } from '@modelcontextprotocol/client';
import { type Clock, iso } from '../../../core/clock.ts';
import { Fault } from '../../../core/errors.ts';
import type { Json } from '../../../core/json.ts';
import type { AgentTool, FoundText, ToolAnswer, ToolRun } from '../../agent-tool.ts';
import { parseDocument, UnreadableDocument } from '../documents/documents.ts';
import { unlessAborted } from './abort.ts';
import type { Link } from './link.ts';
import { resultText, seen } from './results.ts';

const LONGEST_DESCRIPTION = 2000;
const LONGEST_REFUSAL = 2000;

export interface ToolParts {
  readonly link: Link;
  readonly clock: Clock;
  /** As agents call it. */
  readonly name: string;
}

export function agentTool(tool: Tool, parts: ToolParts): AgentTool {
  const { link, name } = parts;
  const { server } = link;
  const description = seen(tool.description ?? tool.title ?? '').slice(0, LONGEST_DESCRIPTION);
  return {
    name,
    description: `${description || tool.name}\n(A tool of the server ${server.name}.)`,
    input_schema: tool.inputSchema as AgentTool['input_schema'],
    timeout_ms: timeoutOf(link),
    run: async (input, { signal }) => {
      try {
        return await run(tool, input, { parts, signal });
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        const { message, retryable, retryAfterMs } = thrown;
        const words = `the server ${server.name}: ${message}`;
        if (!retryable) return refused(`${name} is of no use now: ${words}`);
        const wait = retryAfterMs === null ? {} : { retryAfterMs };
        throw new Fault('TOOL_UNAVAILABLE', words, { retryable, cause: thrown, ...wait });
      }
    },
  };
}

/** Milliseconds of one call. */
function timeoutOf({ server }: Link): number {
  return Math.ceil(server.timeout_seconds * 1000);
}

interface Running extends Pick<ToolRun, 'signal'> {
  readonly parts: ToolParts;
}

async function run(tool: Tool, input: { readonly [name: string]: Json }, running: Running): Promise<ToolAnswer> {
  const { parts, signal } = running;
  const { link, name, clock } = parts;
  const connection = await unlessAborted(link.ready(), signal);
  const begun = clock.now();
  const outcome = await connection.call(tool, input, signal).catch((thrown: unknown) => {
    if (clock.now() - begun >= timeoutOf(link)) link.silent();
    throw thrown;
  });
  switch (outcome.kind) {
    case 'refused':
      return refused(`${name} failed: ${outcome.why}`);
    case 'later': {
      const { why, retryAfterMs } = outcome;
      throw new Fault('TOOL_UNAVAILABLE', why, { retryable: true, ...(retryAfterMs === null ? {} : { retryAfterMs }) });
    }
    case 'lost': {
      const fault = link.lost(outcome.why);
      if (mayRepeat(tool)) throw fault;
      return refused(`${name} may have been done or not: ${fault.message}`);
    }
    case 'answered':
      link.worked();
      return answerOf(tool, outcome.result, parts);
    default:
      return outcome satisfies never;
  }
}

/** Unless the server says that doing it twice is worse than once. Most say nothing of their tools, and mostly they read. */
function mayRepeat({ annotations }: Tool): boolean {
  const changes = annotations?.readOnlyHint === false || annotations?.destructiveHint === true;
  return !changes || annotations?.idempotentHint === true;
}

function refused(text: string): ToolAnswer {
  return { text: seen(text).slice(0, LONGEST_REFUSAL), found: [], failed: true };
}

type Result = Parameters<typeof resultText>[0] & { readonly isError?: boolean | undefined };

async function answerOf(tool: Tool, result: Result, parts: ToolParts): Promise<ToolAnswer> {
  const { text, of } = resultText(result);
  if (result.isError === true) return refused(text === '' ? `${parts.name} failed and said nothing` : text);
  if (text.trim() === '') return { text: `${parts.name} answered nothing.`, found: [], failed: false };
  const found = await foundText(tool, text, parts);
  const note = of === null ? '' : `\n\n(Cut: the first ${text.length} of ${of} characters.)`;
  return { text: `${text}${note}`, found: found === null ? [] : [found], failed: false };
}

/** Null where there is nothing in it to quote. Its number is how its hash begins: the same text has the same one in every process. */
async function foundText(tool: Tool, text: string, { link, clock }: ToolParts): Promise<FoundText | null> {
  const { name } = link.server;
  try {
    const bytes = Buffer.from(text, 'utf8');
    const parsed = await parseDocument({ name: 'result.txt', bytes, location: `${name}: ${tool.name}` });
    const sha256 = createHash('sha256').update(parsed.text.text, 'utf8').digest('hex');
    const number = sha256.slice(0, 8);
    return {
      ...parsed.text,
      title: `${tool.title ?? tool.name} (${name})`,
      sha256,
      location: `${name}: ${tool.name} #${number}`,
      uri: `mcp://${encodeURIComponent(name)}/${encodeURIComponent(tool.name)}#${number}`,
      modified_at: iso(clock.now()),
    };
  } catch (thrown) {
    if (thrown instanceof UnreadableDocument) return null;
    throw thrown;
  }
}
