/**
 * Webhooks: tells registered addresses what happened, from the log of events. At least once, in order for each workflow, signed; a
 * receiver that is down delays nobody but itself. Nothing of HTTP is loaded before there is something to deliver.
 */

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { type Telemetry, UNTOLD } from '../core/telemetry.ts';
import { MAX_WEBHOOK_URL } from '../core/webhook.ts';
import type { ClaimedDelivery, DeliveryOutcome, Store } from '../store/store.ts';
import { attempt, type Attempted } from './attempt.ts';
import { Courier } from './courier.ts';
import type { Sender } from './send.ts';

export { newSecret } from './signature.ts';

export interface WebhooksParts {
  readonly store: Pick<Store, 'deliveries' | 'events'>;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** This process, as leases name it; and whether another one is known to be dead. */
  readonly holder: string;
  readonly isDead: (holder: string) => boolean;
  /** Hosts of one's own network that may be reached although they are private. */
  readonly allow: readonly string[];
  readonly log: (message: string, thrown?: unknown) => void;
  readonly telemetry?: Telemetry | undefined;
}

export interface Webhooks {
  /** The address as it is stored. Throws ADDRESS_REFUSED for what is never reached. */
  check(url: string): Promise<{ readonly url: string; readonly host: string }>;
  /** From now on delivers. */
  serve(): void;
  /** There may be something new. */
  wake(): void;
  close(): Promise<void>;
}

/** Beyond the longest attempt there is room for a process that is slow to record what came of it. */
const LEASE_MS = 30_000;

/** Null for an attempt that was given back: there will be another. */
function toldOf(outcome: DeliveryOutcome): 'delivered' | 'failed' | 'dead' | null {
  switch (outcome.kind) {
    case 'delivered':
      return 'delivered';
    case 'failed':
      return outcome.next_attempt_at === null ? 'dead' : 'failed';
    case 'lost':
    case 'gone':
      return 'dead';
    case 'given_back':
      return null;
    default:
      return outcome satisfies never;
  }
}

export function openWebhooks(parts: WebhooksParts): Webhooks {
  const { store, clock, random, allow, telemetry = UNTOLD } = parts;
  let opened: Promise<Sender> | null = null;
  const sender = (): Promise<Sender> => {
    opened ??= import('./send.ts').then(({ openSender, SEND_LIMITS }) =>
      openSender({ clock, allow, limits: SEND_LIMITS }),
    );
    return opened;
  };
  const deliver = async (message: ClaimedDelivery, signal: AbortSignal): Promise<Attempted> => {
    const attempted = await attempt({ events: store.events, sender: await sender(), clock, random }, message, signal);
    const told = toldOf(attempted.outcome);
    if (told !== null) telemetry.tell({ kind: 'delivery', outcome: told });
    return attempted;
  };
  const disabled = ({ webhook_id, host }: ClaimedDelivery): void => {
    telemetry.tell({ kind: 'webhook_disabled' });
    // The reason may name the url, which may have a key in it: the list shows it to its owner.
    parts.log(
      `webhook ${webhook_id} to ${host} is disabled until it is registered again; GET /webhook/deliveries says why`,
    );
  };
  const own = { deliveries: store.deliveries, attempt: deliver, disabled, lease_ms: LEASE_MS };
  const courier = new Courier({ ...parts, ...own });
  return {
    check: async (url) => {
      if (url.length > MAX_WEBHOOK_URL) {
        throw new Fault('INVALID_INPUT', `the url of a webhook is longer than ${MAX_WEBHOOK_URL} characters`);
      }
      const { openGuard } = await import('../egress/egress.ts');
      const checked = openGuard(allow).check(url);
      return { url: checked.url.href, host: checked.url.host };
    },
    serve: () => courier.serve(),
    wake: () => courier.wake(),
    close: async () => {
      await courier.close();
      await (await opened)?.close();
    },
  };
}
