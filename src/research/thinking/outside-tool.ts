/** A tool of the toolbox, run through the journal: under its time limit, its texts kept in the store, its answer cut to size. */

import { createHash } from 'node:crypto';
import type { Share } from '../../core/budget.ts';
import { type Amount, type Called, NO_USAGE, type Spent } from '../../core/call.ts';
import { type Clock, iso } from '../../core/clock.ts';
import { type ErrorCode, Fault } from '../../core/errors.ts';
import type { AgentTool, FoundText, ToolAnswer, Workbench } from '../../providers/providers.ts';
import { asJson, plain } from '../journal.ts';
import { cut } from './frame.ts';
import { failure, type LoopTool, type ToolInput } from './loop-tool.ts';
import type { Brought } from './shelf.ts';

/** Characters of a result that a model is shown at once. */
export const MOST_SHOWN = 8_000;
/** The same without what says that it was cut. */
const MOST_RECORDED = MOST_SHOWN - 100;
/** Characters of a result that are kept where the tool named no text of its own to open. */
const MOST_KEPT = 1_000_000;

/** Of tools that are not charged for, or whose price is not known here. They take no tokens. */
export const FREE: Amount = { tokens: 0, microusd: 0 };
export const NO_COST: Spent = { usage: NO_USAGE, microusd: 0 };

/** Faults of the outside, which a model can be told of. Any other ends the agent: a cap, a lost lease, a full disk. */
const TOLD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_INPUT',
  'PROVIDER_NOT_CONFIGURED',
  'PROVIDER_REFUSED',
  'PROVIDER_QUOTA',
  'PROVIDER_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_PROTOCOL',
  'ADDRESS_REFUSED',
  'TOOL_UNAVAILABLE',
]);

/** What is recorded of a run: never the texts themselves, which the store has. */
interface Recorded {
  readonly text: string;
  readonly failed: boolean;
  readonly brought: readonly Brought[];
}

export interface OutsideParts {
  readonly bench: Pick<Workbench, 'calls' | 'texts'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly share: Share;
}

export function outsideTool(tool: AgentTool, parts: OutsideParts): LoopTool {
  const { name, description, input_schema } = tool;
  return {
    card: { name, description, input_schema },
    run: async (input, key) => {
      try {
        const recorded = await parts.bench.calls.make({
          key,
          kind: 'tool',
          name,
          request: { name, input },
          share: parts.share,
          most: { ...FREE, microusd: priceOf(tool, input) },
          quiet_ms: tool.timeout_ms,
          run: (attempt) => runOnce(tool, input, { ...attempt, key, parts }),
        });
        const { text, failed, brought } = plain(recorded) as Recorded;
        const hash = createHash('sha256').update(text).digest('hex');
        return {
          text,
          outside: true,
          failed,
          brought,
          seen: failed ? [] : [hash, ...brought.map(({ sha256 }) => sha256)],
        };
      } catch (thrown) {
        if (parts.signal.aborted || !(thrown instanceof Fault) || !TOLD.has(thrown.code)) throw thrown;
        // What a server says of its failure is said by others, too.
        return { ...failure(`${name} failed: ${thrown.message}`), outside: true };
      }
    },
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly idempotency_key: string;
  readonly key: string;
  readonly parts: OutsideParts;
}

async function runOnce(tool: AgentTool, input: ToolInput, run: Run): Promise<Called> {
  let answer: ToolAnswer | null;
  try {
    answer = await inTime(tool, input, run);
  } catch (thrown) {
    if (run.signal.aborted) throw thrown;
    if (thrown instanceof Fault && thrown.retryable) return { kind: 'failed', fault: thrown, spent: NO_COST };
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    answer = { text: `${tool.name} failed: ${why}`, found: [], failed: true };
  }
  const price = priceOf(tool, input);
  // Whether one that gave no answer in time is charged for, nobody said.
  const spent = answer === null && price > 0 ? null : { ...NO_COST, microusd: answer?.failed === false ? price : 0 };
  const told = answer ?? { text: tooLate(tool), found: [], failed: true };
  return { kind: 'succeeded', output: asJson(await keep(tool.name, told, run)), spent };
}

function priceOf({ price }: AgentTool, input: ToolInput): number {
  return price?.(input) ?? 0;
}

function tooLate({ name, timeout_ms }: AgentTool): string {
  return `${name} gave no answer within ${Math.ceil(timeout_ms / 1000)} s`;
}

/** The tool's answer, or null where it took too long; a tool that ignores its signal is left behind. */
async function inTime(
  tool: AgentTool,
  input: ToolInput,
  { signal, idempotency_key, parts }: Run,
): Promise<ToolAnswer | null> {
  const limit = new AbortController();
  const late = Promise.withResolvers<null>();
  const release = parts.clock.after(tool.timeout_ms, () => {
    late.resolve(null);
    limit.abort(new Fault('STEP_TIMEOUT', tooLate(tool)));
  });
  const aborted = (): void => late.reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    signal.throwIfAborted();
    const running = tool.run(input, { signal: AbortSignal.any([signal, limit.signal]), idempotency_key });
    return await Promise.race([running, late.promise]);
  } finally {
    release();
    signal.removeEventListener('abort', aborted);
  }
}

async function keep(name: string, answer: ToolAnswer, { key, parts }: Run): Promise<Recorded> {
  const { text, failed } = answer;
  const found =
    answer.found.length === 0 && text.length > MOST_SHOWN ? [wholeOf(name, text, { key, parts })] : answer.found;
  for (const each of found) await parts.bench.texts.keep(each);
  const rest = found.length === 0 ? '' : ', to be opened with read_source';
  return { text: cut(text, MOST_RECORDED, rest), failed, brought: found.map((each) => broughtOf(each, parts.clock)) };
}

function broughtOf(found: FoundText, clock: Clock): Brought {
  const { sha256, format, title, location, uri, domain, date, modified_at, text } = found;
  const accessed_at = iso(clock.now());
  return { sha256, format, title, location, uri, domain, date, modified_at, accessed_at, characters: text.length };
}

/** A long answer of a tool that names no text of its own, kept so that the rest of it can be opened and quoted. */
function wholeOf(name: string, answer: string, { key, parts }: Pick<Run, 'key' | 'parts'>): FoundText {
  const text = answer.slice(0, MOST_KEPT).toWellFormed();
  const lines = Array.from(text.matchAll(/\n(?=.)/gsu), (match) => match.index + 1);
  return {
    text,
    layout: { place: 'line', headings: [], passages: [], blanks: [], placeStarts: [0, ...lines] },
    title: `result of ${name}`,
    format: 'text',
    domain: 'general',
    date: null,
    sha256: createHash('sha256').update(text).digest('hex'),
    location: `${name}, ${key}`,
    uri: `tool:${name}`,
    modified_at: iso(parts.clock.now()),
  };
}
