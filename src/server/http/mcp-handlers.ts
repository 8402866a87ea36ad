/**
 * MCP over HTTP, both eras, without sessions: every request is served by a server of its own. What outlives a request is an
 * owner's open subscriptions, and those alone; each owner has a handler, so that no change is ever told to another.
 */

import { createMcpHandler, type McpHttpHandler, type McpServer } from '@modelcontextprotocol/server';
import { Fault } from '../../core/errors.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import { complaints } from '../complaints.ts';
import { ChangeFeed } from '../mcp/change-feed.ts';
import { mcpServer, type McpLog } from '../mcp/mcp.ts';
import type { Era, McpParts } from '../mcp/parts.ts';
import { listened } from '../mcp/wire-messages.ts';
import { idOf } from '../message-ids.ts';
import type { Scope } from '../scope.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { INVALID_REQUEST, refused } from './refusal.ts';

/** Open subscriptions of one owner. */
const MAX_SUBSCRIPTIONS = 100;
/** URIs in all of them: each may be a workflow to look at. */
const MAX_URIS = 2000;
const TOO_MANY = `One owner has at most ${MAX_SUBSCRIPTIONS} open subscriptions, to at most ${MAX_URIS} resources in all.`;
/** Owners whose handlers are kept though nobody of them is here. */
const MAX_IDLE = 256;

/** Makes the server of one request: what is offered. How it is carried is the same for all. */
export type MakeServer = (parts: McpParts, era: Era) => McpServer;

export interface McpHandlersParts {
  readonly version: string;
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly tasks: boolean;
  /** The product's own unless told. */
  readonly server?: MakeServer | undefined;
  readonly log: McpLog & { debug(fields: object, message: string): void };
}

/** Who sends a message, whether they are still there, and until when they wait for what comes of it. */
export interface Sender {
  readonly caller: Caller;
  readonly scopes: ReadonlySet<Scope>;
  readonly gone: AbortSignal;
  readonly ends: AbortSignal;
}

interface Owner {
  readonly handler: McpHttpHandler;
  readonly feed: ChangeFeed;
  subscriptions: number;
  uris: number;
}

export class McpHandlers {
  readonly #parts: McpHandlersParts;
  /** The one last heard of is the last. */
  readonly #owners = new Map<string, Owner>();
  /** Senders of requests under way, which a server is made for. */
  readonly #senders = new WeakMap<Request, Sender>();
  readonly #complain: (error: Error) => void;
  readonly #server: MakeServer;
  #subscription = 0;

  constructor(parts: McpHandlersParts) {
    this.#parts = parts;
    this.#server = parts.server ?? ((of, era) => mcpServer(of, era).server);
    this.#complain = complaints((error) => parts.log.debug({ error }, 'mcp request'));
  }

  /** Open subscriptions, of all owners. */
  get subscriptions(): number {
    return [...this.#owners.values()].reduce((sum, owner) => sum + owner.subscriptions, 0);
  }

  /** Answers one request. `body` is its body, parsed. */
  async fetch(request: Request, body: unknown, sender: Sender): Promise<Response> {
    const interest = listened(body);
    const owner = this.#owner(sender.caller);
    // The body is handed over parsed; what is given here has none to be read twice.
    const bare = new Request(request.url, { method: 'POST', headers: request.headers, signal: sender.gone });
    this.#senders.set(bare, sender);
    // Whoever is gone already would never be heard to leave.
    if (interest === null || sender.gone.aborted) return owner.handler.fetch(bare, { parsedBody: body });
    const uris = interest.uris.length;
    // Before anything is looked at for it: the SDK would refuse it only after that.
    if (owner.subscriptions >= MAX_SUBSCRIPTIONS || owner.uris + uris > MAX_URIS) {
      return refused(INVALID_REQUEST, TOO_MANY, idOf(body));
    }
    this.#subscription += 1;
    const key = this.#subscription;
    owner.subscriptions += 1;
    owner.uris += uris;
    const left = (): void => {
      owner.subscriptions -= 1;
      owner.uris -= uris;
      owner.feed.remove(key);
    };
    sender.gone.addEventListener('abort', left, { once: true });
    // Before it is acknowledged: what changes after that is told.
    await owner.feed.add(key, interest);
    return owner.handler.fetch(bare, { parsedBody: body });
  }

  /** Ends subscriptions with the answer the protocol has for it, and aborts what is still under way. */
  async close(): Promise<void> {
    const owners = [...this.#owners.values()];
    this.#owners.clear();
    for (const { feed } of owners) feed.close();
    await Promise.all(owners.map(({ handler }) => handler.close()));
  }

  #owner(caller: Caller): Owner {
    const known = this.#owners.get(caller.owner);
    const owner = known ?? this.#open(caller);
    this.#owners.delete(caller.owner);
    this.#owners.set(caller.owner, owner);
    if (known === undefined) this.#forgetIdle();
    return owner;
  }

  #open(caller: Caller): Owner {
    const { version, orchestrator, tasks, log } = this.#parts;
    const handler = createMcpHandler(
      ({ era, requestInfo }) => {
        const sender = requestInfo === undefined ? undefined : this.#senders.get(requestInfo);
        // Without it nobody would know what the sender may do.
        if (sender === undefined) throw new Fault('INTERNAL', 'a request of the protocol has lost its sender');
        const { scopes, ends } = sender;
        const tells = era === 'modern';
        return this.#server({ version, orchestrator, caller, tasks, log, scopes, ends, tells }, era);
      },
      { onerror: this.#complain, maxSubscriptions: MAX_SUBSCRIPTIONS, maxRequestBodySize: MAX_BODY_BYTES },
    );
    const { notify } = handler;
    const feed = new ChangeFeed({
      orchestrator,
      caller,
      defect: (thrown) => log.warn({ err: thrown.cause ?? thrown }, thrown.message),
      updated: async (uri) => notify.resourceUpdated(uri),
      listChanged: async () => notify.resourcesChanged(),
    });
    return { handler, feed, subscriptions: 0, uris: 0 };
  }

  #forgetIdle(): void {
    for (const [name, owner] of this.#owners) {
      if (this.#owners.size <= MAX_IDLE) return;
      // The newest is the one that is asked for now.
      if (owner.subscriptions === 0 && name !== [...this.#owners.keys()].at(-1)) {
        this.#owners.delete(name);
        owner.feed.close();
      }
    }
  }
}
