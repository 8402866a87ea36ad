/** Webhooks over a real store and real HTTP on this machine, on a clock that tests move; and receivers of what they send. */

import { onTestFinished } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { inProcessBus } from '../../src/bus/in-process.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { createHolder, isDead } from '../../src/engine/engine.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { openWebhooks, type Webhooks } from '../../src/webhooks/webhooks.ts';
import type { WorkflowEvent } from '../../src/core/event.ts';
import type { Telemetry } from '../../src/core/telemetry.ts';
import { FakeClock } from './fake-clock.ts';
import { temporaryFolder } from './folder.ts';
import { newDatabase } from './new-database.ts';
import { type Answer, type Asked, openSite, type Site } from './sites.ts';

export const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
export const NEW_SECRET = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

/** No test takes longer; what has not happened by then never will. */
const PATIENCE_MS = 20_000;
const QUICK_TURNS = 200;

/** Waits for what real I/O brings about. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  patience_ms: number = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patience_ms;
  for (let turn = 0; !(await holds()); turn += 1) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    // What takes long is another process, which needs the processor itself.
    await new Promise<void>((resolve) => {
      if (turn < QUICK_TURNS) setImmediate(resolve);
      else setTimeout(resolve, 2);
    });
  }
}

export interface PostOptions {
  readonly file?: string;
  readonly clock?: FakeClock;
  readonly allow?: readonly string[];
  /** The longest waits there are, unless told. */
  readonly random?: number;
  readonly serve?: boolean;
  readonly telemetry?: Telemetry;
}

export interface Post {
  readonly store: Store;
  readonly bus: Bus;
  readonly webhooks: Webhooks;
  readonly clock: FakeClock;
  readonly log: readonly string[];
  readonly file: string;
  /** Lets so much time pass, each attempt that falls due coming to its end before time goes on. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export async function openPost(options: PostOptions = {}): Promise<Post> {
  const clock = options.clock ?? new FakeClock();
  const file = options.file ?? (await newDatabase(`${await temporaryFolder()}/post.db`));
  const store = await openSqliteStore({ file, clock });
  // Other processes are not listened for: a poll ten times a second would be most of what a day of waiting consists of.
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: () => {}, pollMs: 2 ** 40 });
  const log: string[] = [];
  const holder = createHolder();
  const webhooks = openWebhooks({
    store,
    bus,
    clock,
    random: () => options.random ?? 0.999_999,
    holder: holder.name,
    isDead,
    allow: options.allow ?? [],
    telemetry: options.telemetry,
    log: (message, thrown) => log.push(`${message}: ${String(thrown)}`),
  });
  if (options.serve !== false) webhooks.serve();
  const close = async (): Promise<void> => {
    await webhooks.close();
    holder.retire();
    bus.close();
    await store.close();
  };
  onTestFinished(close);
  const atRest = (): Promise<void> =>
    until(async () => {
      await clock.settle();
      return (await store.deliveries.holders()).length === 0;
    }, 'nothing is under way');
  const pass = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    await atRest();
    for (let next = clock.next; next !== null && next <= end; next = clock.next) {
      await clock.advance(Math.max(0, next - clock.now()));
      await atRest();
    }
    await clock.advance(Math.max(0, end - clock.now()));
  };
  return { store, bus, webhooks, clock, log, file, pass, close };
}

export interface Receiver extends Omit<Site, 'close'> {
  /** What it answers from now on. */
  answers: Answer;
  /** Every request as `task.seq`, in the order they came: `1.3` is the third event of the workflow that ends in 1. */
  readonly seqs: readonly string[];
  close(): Promise<void>;
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_asked, response) => {
    response.writeHead(code, headers).end();
  };
}

export async function openReceiver(answers: Answer = status(204)): Promise<Receiver> {
  const site = await openSite((asked, response) => receiver.answers(asked, response));
  const receiver: Receiver = {
    ...site,
    answers,
    get seqs() {
      return site.asked.map((asked) => {
        const { task_id, seq } = eventOf(asked);
        return `${task_id.slice(-1)}.${seq}`;
      });
    },
  };
  onTestFinished(() => site.close());
  return receiver;
}

/** The event a request carries. */
export function eventOf({ body }: Asked): WorkflowEvent {
  return JSON.parse(body) as WorkflowEvent;
}

/** Whether the public library of the scheme accepts it, as of the time it says of itself; throws why not. */
export function verify({ body, headers }: Asked, secret: string): void {
  // The library knows the machine's clock alone, and a test's clock is another: the age is judged here, the signature there.
  const library = new Webhook(secret);
  const id = String(headers['webhook-id']);
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const expected = library.sign(id, at, body);
  if (!String(headers['webhook-signature']).split(' ').includes(expected)) throw new Error('no signature fits');
}
