/**
 * A connection to one server: made within a time limit, in whichever era of the protocol it speaks. Nothing that a server asks
 * for is given: no model, no person, no folders; and what it says about itself reaches nobody.
 */

import process from 'node:process';
import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import type { Clock } from '../../../core/clock.ts';
import type { Json } from '../../../core/json.ts';
import type { ToolServer } from '../../../core/tool-server.ts';
import { Child, windowsChild } from './child.ts';
import { isCut, Remote } from './remote.ts';
import { Told } from './told.ts';

export interface ConnectParts {
  readonly clock: Clock;
  /** Of this program, for the name it gives itself. */
  readonly version: string;
  readonly log: (message: string) => void;
}

/** How a call went. `lost`: the connection is gone. `later`: the server is there and cannot now. */
type CallOutcome =
  | { readonly kind: 'answered'; readonly result: CallToolResult }
  | { readonly kind: 'refused' | 'lost'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly retryAfterMs: number | null };

export interface Connection {
  /** As listed when the connection was made. */
  readonly tools: readonly Tool[];
  /** Why it is of no more use; null while it is. */
  lost(): string | null;
  /** Rejects only with the signal's reason. */
  call(tool: Tool, input: { readonly [name: string]: Json }, signal: AbortSignal): Promise<CallOutcome>;
  close(): Promise<void>;
}

/** Time limits are kept by the clock that was given; the SDK's own would be kept by another. */
const NO_LIMIT = 2 ** 31 - 1;
/** A program that says nothing to the newer era's first question for so long speaks the older one. */
const PROBE_MS = 10_000;
/** Of a start, however long its tools may run: an agent waits for it within the time of its step, before its first turn. */
const MOST_START_S = 20;
const MOST_PAGES = 20;
/** What is said of the shape of a result that was checked after all, in the place of using it. */
const UNCHECKED = { valid: false, data: undefined, errorMessage: 'shapes of results are not checked here' } as const;

/** Rejects with an Error that says why in words, secrets left out, after everything that was started has ended. */
export async function connect(server: ToolServer, parts: ConnectParts, signal: AbortSignal): Promise<Connection> {
  const words = new Told(server, parts.log);
  let attempt = open(server, parts, { words, mode: 'auto' });
  const limit = new AbortController();
  const seconds = startSeconds(server);
  const late = `it did not answer within ${seconds} s`;
  const release = parts.clock.after(seconds * 1000, () => limit.abort(new Error(late)));
  const ends = AbortSignal.any([limit.signal, signal]);
  try {
    try {
      return await attempt.within(ends);
    } catch (thrown) {
      // Some older programs end at a question they do not know. They are asked in their own way then.
      const isAsked = thrown instanceof SdkError && thrown.code === SdkErrorCode.EraNegotiationFailed;
      if (server.kind !== 'local' || !isAsked || ends.aborted) throw thrown;
      attempt = open(server, parts, { words, mode: 'legacy' });
      return await attempt.within(ends);
    }
  } catch (thrown) {
    const why = ends.aborted ? words.reason(ends.reason, null) : words.reason(thrown, attempt.ended());
    throw new Error(words.withLast(why), { cause: thrown });
  } finally {
    release();
  }
}

function startSeconds({ timeout_seconds }: ToolServer): number {
  return Math.min(MOST_START_S, timeout_seconds);
}

interface Attempt {
  within(ends: AbortSignal): Promise<Connection>;
  ended(): string | null;
}

/** One client on one transport. A failed attempt leaves nothing behind. */
function open(
  server: ToolServer,
  parts: ConnectParts,
  { words, mode }: { readonly words: Told; readonly mode: 'auto' | 'legacy' },
): Attempt {
  const transport = transportOf(server, parts, words);
  // Half of a short start is left for the older way.
  const probeMs = Math.min(PROBE_MS, (startSeconds(server) * 1000) / 2);
  const probe = { timeoutMs: server.kind === 'local' ? probeMs : NO_LIMIT };
  const client = new Client(
    { name: 'beltalowda', version: parts.version },
    {
      capabilities: {},
      versionNegotiation: { mode, probe },
      inputRequired: { autoFulfill: false },
      listMaxPages: MOST_PAGES,
      // No schema from outside is made into code. It is not asked either: `call` leaves out in which shape a result was promised.
      jsonSchemaValidator: { getValidator: () => () => UNCHECKED },
    },
  );
  client.onerror = (error) => {
    // The parser repeats the beginning of what it could not read, cut where a secret would not be found any more.
    const what = error instanceof SyntaxError ? 'it printed a line that is no message' : words.clean(error.message);
    parts.log(`${server.name}: ${what}`);
  };
  const close = async (): Promise<void> => {
    if (transport instanceof Remote) await transport.farewell();
    await client.close();
    await transport.close();
  };
  const ended = (): string | null => (transport instanceof Child ? transport.ended : null);
  return {
    ended,
    within: async (ends) => {
      try {
        return await unlessAborted(ends, async () => {
          await client.connect(transport, { timeout: NO_LIMIT, signal: ends });
          const { tools } = await client.listTools(undefined, { timeout: NO_LIMIT, signal: ends });
          return connectionOf(client, { server, words, tools, close, ended, remote: watched(transport) });
        });
      } catch (thrown) {
        await close();
        throw thrown;
      }
    },
  };
}

async function unlessAborted<T>(ends: AbortSignal, run: () => Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(ends.reason);
  ends.addEventListener('abort', abort, { once: true });
  try {
    ends.throwIfAborted();
    return await Promise.race([run(), aborted.promise]);
  } finally {
    ends.removeEventListener('abort', abort);
  }
}

function watched(transport: Transport): Remote | null {
  if (!(transport instanceof Remote)) return null;
  transport.watch();
  return transport;
}

interface Opened {
  readonly server: ToolServer;
  readonly words: Told;
  readonly tools: readonly Tool[];
  readonly close: () => Promise<void>;
  readonly ended: () => string | null;
  readonly remote: Remote | null;
}

function connectionOf(client: Client, { server, words, tools, close, ended, remote }: Opened): Connection {
  let lost: string | null = null;
  client.onclose = () => {
    lost ??= words.withLast(words.reason(new Error('the connection was closed'), ended()));
  };
  return {
    tools,
    lost: () => lost,
    close,
    call: async (tool, input, signal) => {
      // Read as text, whatever shape it was promised in.
      const { outputSchema: _shape, ...toolDefinition } = tool;
      const wait = remote?.quietMs ?? 0;
      if (wait > 0) return { kind: 'later', why: 'it asked to be left alone for a while', retryAfterMs: wait };
      try {
        const options = { signal, timeout: NO_LIMIT, toolDefinition };
        const result = await client.callTool({ name: tool.name, arguments: { ...input } }, options);
        return { kind: 'answered', result };
      } catch (thrown) {
        signal.throwIfAborted();
        // One answer broke off, which says nothing of the others.
        if (isCut(thrown)) return { kind: 'lost', why: words.withLast(words.reason(thrown, null)) };
        const kind = failureOf(thrown, server);
        const why = words.reason(thrown, kind === 'lost' ? ended() : null);
        if (kind === 'lost') lost ??= words.withLast(why);
        const quiet = remote?.quietMs ?? 0;
        return kind === 'later' ? { kind, why, retryAfterMs: quiet > 0 ? quiet : null } : { kind, why };
      }
    },
  };
}

const BROKEN: ReadonlySet<string> = new Set([
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.NotConnected,
  SdkErrorCode.SendFailed,
]);

function failureOf(thrown: unknown, server: ToolServer): 'refused' | 'lost' | 'later' {
  if (thrown instanceof ProtocolError) return 'refused';
  if (thrown instanceof SdkHttpError) {
    // A session that ended is answered so.
    if (thrown.status === 404 || thrown.status === 410) return 'lost';
    return thrown.status === 429 || thrown.status >= 500 ? 'later' : 'refused';
  }
  if (thrown instanceof SdkError) return BROKEN.has(thrown.code) ? 'lost' : 'refused';
  // What is left are failures of the wire: fetch rejects with a TypeError, a program's pipe with what broke it.
  return server.kind === 'local' || thrown instanceof TypeError ? 'lost' : 'refused';
}

function transportOf(server: ToolServer, { clock }: ConnectParts, words: Told): Transport {
  if (server.kind === 'remote') return new Remote(server, clock);
  const said = (line: string): void => words.said(line);
  return process.platform === 'win32' ? windowsChild(server, said) : new Child(server, clock, said);
}
