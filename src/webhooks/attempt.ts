/** One attempt to deliver one message, from the stored event to what is recorded of it. */

import { type Clock, iso } from '../core/clock.ts';
import { Fault, toFault } from '../core/errors.ts';
import type { WorkflowEvent } from '../core/event.ts';
import { GONE, messageId, redeliverAfter } from '../core/webhook.ts';
import type { ClaimedDelivery, DeliveryOutcome, Store } from '../store/store.ts';
import type { Answer, Sender } from './send.ts';
import { signature } from './signature.ts';

export interface AttemptParts {
  readonly events: Pick<Store['events'], 'list'>;
  readonly sender: Pick<Sender, 'post'>;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Answers that say no more than "not now". */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429]);
/** Answers to what a message says: too large, not understood, not accepted. The next message may be taken, and is kept waiting. */
const OF_THE_MESSAGE: ReadonlySet<number> = new Set([400, 406, 413, 415, 422]);
/** Least wait after this process refused the address: its settings do not change from second to second. */
const OWN_REFUSAL_MS = 60_000;
/** As receivers see it: nobody's own. */
const USER_AGENT = 'beltalowda (+https://www.npmjs.com/package/beltalowda)';

/** What came of an attempt. */
export interface Attempted {
  readonly outcome: DeliveryOutcome;
  /** Whether the receiver was asked at all: else it says nothing of whether that answers. */
  readonly asked: boolean;
}

/** Makes it and says what came of it. Rejects with what the store threw, and with nothing else. */
export async function attempt(parts: AttemptParts, message: ClaimedDelivery, signal: AbortSignal): Promise<Attempted> {
  const { task_id, seq } = message;
  const event = await eventOf(parts, { task_id, seq });
  if (event instanceof Fault) return { outcome: lost(event.message), asked: false };
  try {
    return { outcome: judged(parts, message, await post(parts, { message, event, signal })), asked: true };
  } catch (thrown) {
    if (signal.aborted) return { outcome: { kind: 'given_back' }, asked: false };
    // No word of the receiver: another process on the file, or this one with other settings, may well reach it.
    const own = thrown instanceof Fault && thrown.code === 'ADDRESS_REFUSED';
    const retryAfterMs = own ? OWN_REFUSAL_MS : null;
    const failure = { status: null, error: toFault(thrown).message, refused: false, retryAfterMs };
    return { outcome: failed(parts, message, failure), asked: !own };
  }
}

/** Of a workflow that was erased after the claim nothing is left, and of the message neither: what is said of it then goes nowhere. */
async function eventOf(
  { events }: AttemptParts,
  { task_id, seq }: Pick<ClaimedDelivery, 'task_id' | 'seq'>,
): Promise<WorkflowEvent | Fault> {
  try {
    const [event] = await events.list(task_id, { after: seq - 1, limit: 1 });
    return event?.seq === seq ? event : new Fault('STORE_CORRUPT', `event ${seq} of ${task_id} is not there`);
  } catch (thrown) {
    // A row that cannot be read is told once, and keeps the events behind it waiting for nothing.
    if (thrown instanceof Fault && thrown.code === 'STORE_CORRUPT') return thrown;
    throw thrown;
  }
}

function lost(error: string): DeliveryOutcome {
  return { kind: 'lost', error };
}

/** The bytes of a message: the envelope that every reader of events gets, always the same for the same event. */
function bodyOf({ task_id, seq, event_type, timestamp, agent_id, data }: WorkflowEvent): Uint8Array {
  return Buffer.from(JSON.stringify({ task_id, seq, event_type, timestamp, agent_id, data }));
}

function post(
  { sender, clock }: AttemptParts,
  of: { readonly message: ClaimedDelivery; readonly event: WorkflowEvent; readonly signal: AbortSignal },
): Promise<Answer> {
  const { message, event, signal } = of;
  const body = bodyOf(event);
  const id = messageId(event.task_id, event.seq);
  const timestamp = Math.floor(clock.now() / 1000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature({ id, timestamp, body }, message.secrets),
  };
  return sender.post({ url: message.url, headers, body, signal });
}

function judged(parts: AttemptParts, message: ClaimedDelivery, { status, retryAfterMs }: Answer): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  const error = status >= 300 && status < 400 ? `HTTP ${status}, a redirect, is not followed` : `HTTP ${status}`;
  if (status === GONE) return { kind: 'gone', status, error: `${error}: the receiver wants nothing more` };
  const refused = status < 500 && !NOT_NOW.has(status);
  return failed(parts, message, { status, error, refused, retryAfterMs });
}

interface Failure {
  readonly status: number | null;
  readonly error: string;
  /** Whether the receiver said that the request itself is wrong. */
  readonly refused: boolean;
  /** The next attempt comes no sooner. */
  readonly retryAfterMs: number | null;
}

function failed({ clock, random }: AttemptParts, message: ClaimedDelivery, failure: Failure): DeliveryOutcome {
  const { status, error, refused, retryAfterMs } = failure;
  const now = clock.now();
  const wait = redeliverAfter({
    failures: message.hold.attempt,
    refusals: message.refusals + (refused ? 1 : 0),
    judged: status !== null && OF_THE_MESSAGE.has(status),
    triedMs: Math.max(0, now - Date.parse(message.first_attempt_at)),
    ageMs: Math.max(0, now - Date.parse(message.waits_since)),
    retryAfterMs,
    random: random(),
  });
  return { kind: 'failed', status, error, refused, next_attempt_at: wait === null ? null : iso(now + wait) };
}
