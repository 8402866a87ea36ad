/**
 * MCP over HTTP, both eras, without sessions: every request is served by a server of its own. What stays open are
 * subscriptions, and those alone: each has a handler, which ends it as the protocol ends one, and is told of what its owner's
 * feed sees, so that no change is ever told to another.
 */

import { createMcpHandler, type McpHttpHandler, type McpServer } from '@modelcontextprotocol/server';
import { Fault } from '../../core/errors.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import { complaints } from '../complaints.ts';
import { ChangeFeed, type Interest } from '../mcp/change-feed.ts';
import { mcpServer, type McpLog } from '../mcp/mcp.ts';
import type { Era, McpParts } from '../mcp/parts.ts';
import { listened } from '../mcp/wire-messages.ts';
import { idOf } from '../message-ids.ts';
import type { Scope } from '../scope.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { INVALID_REQUEST, refused } from './refusal.ts';
import { stopping } from './stopping.ts';

/** Open subscriptions of one owner. */
const MAX_SUBSCRIPTIONS = 100;
/** URIs in all of them: each may be a workflow to look at. */
const MAX_URIS = 2000;
const TOO_MANY = `One owner has at most ${MAX_SUBSCRIPTIONS} open subscriptions, to at most ${MAX_URIS} resources in all.`;

/** The status of the SDK for a request that was aborted while it was worked on: by its client, or as everything closed. */
const ABORTED = 499;

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
  /** Asked of a subscription: aborted once the sender would not be let in any more. */
  readonly lapsed: () => AbortSignal;
}

interface Subscription {
  readonly handler: McpHttpHandler;
  readonly uris: number;
}

/** An owner with open subscriptions. */
interface Subscriber {
  readonly feed: ChangeFeed;
  readonly open: Map<number, Subscription>;
}

export class McpHandlers {
  readonly #parts: McpHandlersParts;
  /** Of everything but subscriptions. */
  readonly #handler: McpHttpHandler;
  readonly #subscribers = new Map<string, Subscriber>();
  /** Senders of requests under way, which a server is made for. */
  readonly #senders = new WeakMap<Request, Sender>();
  readonly #complain: (error: Error) => void;
  readonly #server: MakeServer;
  #subscription = 0;
  /** Whether no subscription is opened any more, and whether nothing is answered any more. */
  #ending = false;
  #closed = false;

  constructor(parts: McpHandlersParts) {
    this.#parts = parts;
    this.#server = parts.server ?? ((of, era) => mcpServer(of, era).server);
    this.#complain = complaints((error) => parts.log.debug({ error }, 'mcp request'));
    this.#handler = this.#opened();
  }

  /** Open subscriptions, of all owners. */
  get subscriptions(): number {
    return [...this.#subscribers.values()].reduce((sum, { open }) => sum + open.size, 0);
  }

  /** Answers one request. `body` is its body, parsed. Throws SHUTTING_DOWN. */
  async fetch(request: Request, body: unknown, sender: Sender): Promise<Response> {
    const interest = listened(body);
    // Whoever is gone already would never be heard to leave.
    if (interest === null || sender.gone.aborted) return this.once(request, body, sender);
    this.#senders.set(request, sender);
    return this.#subscribed(request, body, { sender, interest });
  }

  /** Answers one request that nothing stays open for. Throws SHUTTING_DOWN, also where the end came while it was worked on. */
  async once(request: Request, body: unknown, sender: Sender): Promise<Response> {
    if (this.#closed) throw stopping();
    this.#senders.set(request, sender);
    const answer = await this.#handler.fetch(request, { parsedBody: body });
    if (this.#closed && answer.status === ABORTED) throw stopping();
    return answer;
  }

  /** Ends subscriptions with the answer the protocol has for it, and opens no more. */
  async endSubscriptions(): Promise<void> {
    this.#ending = true;
    const subscribers = [...this.#subscribers.values()];
    this.#subscribers.clear();
    for (const { feed } of subscribers) feed.close();
    const handlers = subscribers.flatMap(({ open }) => [...open.values()].map(({ handler }) => handler));
    await Promise.all(handlers.map((handler) => handler.close()));
  }

  /** Ends them, aborts what is still under way, and answers nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.endSubscriptions();
    await this.#handler.close();
  }

  async #subscribed(
    request: Request,
    body: unknown,
    { sender, interest }: { readonly sender: Sender; readonly interest: Interest },
  ): Promise<Response> {
    if (this.#ending) throw stopping();
    const { caller, gone } = sender;
    const uris = interest.uris.length;
    const subscriber = this.#subscriber(caller);
    const { feed, open } = subscriber;
    const watched = [...open.values()].reduce((sum, one) => sum + one.uris, 0);
    // Before anything is looked at for it: the SDK would refuse it only after that.
    if (open.size >= MAX_SUBSCRIPTIONS || watched + uris > MAX_URIS) {
      return refused(INVALID_REQUEST, TOO_MANY, idOf(body));
    }
    this.#subscription += 1;
    const key = this.#subscription;
    const handler = this.#opened();
    open.set(key, { handler, uris });
    const lapsed = sender.lapsed();
    const ended = (): void => {
      feed.remove(key);
      handler.close().catch((error: Error) => this.#complain(error));
    };
    gone.addEventListener('abort', () => this.#left(caller.owner, subscriber, key), { once: true });
    // Before it is acknowledged: what changes after that is told.
    await feed.add(key, interest);
    // Its handler is closed, and answers nothing.
    if (this.#ending) throw stopping();
    const answer = await handler.fetch(request, { parsedBody: body });
    if (lapsed.aborted || this.#ending) ended();
    else lapsed.addEventListener('abort', ended, { once: true });
    return answer;
  }

  #subscriber(caller: Caller): Subscriber {
    const known = this.#subscribers.get(caller.owner);
    if (known !== undefined) return known;
    const { orchestrator, log } = this.#parts;
    const open = new Map<number, Subscription>();
    const notified = (tell: (notify: McpHttpHandler['notify']) => void) => async (): Promise<void> => {
      for (const { handler } of open.values()) tell(handler.notify);
    };
    const feed = new ChangeFeed({
      orchestrator,
      caller,
      defect: (thrown) => log.warn({ err: thrown.cause ?? thrown }, thrown.message),
      updated: (uri) => notified((notify) => notify.resourceUpdated(uri))(),
      listChanged: notified((notify) => notify.resourcesChanged()),
    });
    const subscriber = { feed, open };
    this.#subscribers.set(caller.owner, subscriber);
    return subscriber;
  }

  #left(owner: string, subscriber: Subscriber, key: number): void {
    const { feed, open } = subscriber;
    open.delete(key);
    feed.remove(key);
    if (open.size > 0) return;
    feed.close();
    if (this.#subscribers.get(owner) === subscriber) this.#subscribers.delete(owner);
  }

  #opened(): McpHttpHandler {
    const { version, orchestrator, tasks, log } = this.#parts;
    return createMcpHandler(
      ({ era, requestInfo }) => {
        const sender = requestInfo === undefined ? undefined : this.#senders.get(requestInfo);
        // Without it nobody would know who it is, and what they may do.
        if (sender === undefined) throw new Fault('INTERNAL', 'a request of the protocol has lost its sender');
        const { caller, scopes, ends } = sender;
        const tells = era === 'modern';
        return this.#server({ version, orchestrator, caller, tasks, log, scopes, ends, tells }, era);
      },
      { onerror: this.#complain, maxRequestBodySize: MAX_BODY_BYTES },
    );
  }
}
