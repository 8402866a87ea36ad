/**
 * Webhooks in the store: who is registered, and what became of each message. Messages are made from the log of events, by whoever
 * delivers and never by who writes events; each registration gets those of one workflow in their order, one after the other.
 */

import type { EventType } from '../core/event.ts';
import type { DeliveryStatus, DeliveryView, WebhookView } from '../core/webhook.ts';

/** A registration that is to be made. */
export interface NewWebhook {
  readonly webhook_id: string;
  readonly url: string;
  /** Host and port of the url: how much is sent there at a time is limited. */
  readonly host: string;
  readonly secret: string;
  /** Null: all types. */
  readonly events: readonly EventType[] | null;
}

export interface Registration extends NewWebhook {
  readonly owner: string;
  /** Null: all workflows of the owner. */
  readonly task_id: string | null;
  /** Where the owner has this url for the same already: whether its secret gives way to this one, or stays. */
  readonly replace_secret: boolean;
  /** ISO 8601: until when a secret that gives way signs as well. */
  readonly former_until: string;
}

/** Which registrations of an owner go. */
export type Unregistration =
  | { readonly webhook_id: string }
  | { readonly url: string; readonly task_id: string | null };

export interface WebhookQuery {
  readonly owner: string;
  readonly webhook_id: string | null;
  readonly task_id: string | null;
  readonly limit: number;
  /** Only those after this position in the order newest first; null from the beginning. */
  readonly before: number | null;
}

export interface DeliveryQuery extends WebhookQuery {
  readonly status: DeliveryStatus | null;
}

/** One of a page, and where it stands in the order that pages follow. */
export interface Placed<View> {
  readonly view: View;
  readonly position: number;
}

/** Messages of one owner to one host. */
export interface Lane {
  readonly owner: string;
  readonly host: string;
}

/** What a process may have under way at once. */
export interface DeliveryLimits {
  readonly in_all: number;
  readonly per_owner: number;
  readonly per_host: number;
  /** Of all lanes that gave no answer the last time; each of them has one at a time, and the last place is for an owner that has none. */
  readonly failing: number;
}

/** A message that this process has under way. */
export interface BusyLane extends Lane {
  readonly delivery_id: string;
}

export interface DeliveryClaim {
  readonly holder: string;
  readonly lease_ms: number;
  /** Holders known to be dead: what they had under way is free. */
  readonly dead: readonly string[];
  readonly limits: DeliveryLimits;
  /** What this process has under way: none of it is claimed a second time, though its lease be over by a clock that was put forward. */
  readonly busy: readonly BusyLane[];
  /** Lanes that gave no answer the last time, the one that was tried longest ago first. */
  readonly failing: readonly Lane[];
}

/** The right to say what came of one attempt. */
export interface DeliveryHold {
  readonly delivery_id: string;
  readonly holder: string;
  readonly attempt: number;
}

export interface ClaimedDelivery extends Lane {
  readonly hold: DeliveryHold;
  readonly webhook_id: string;
  readonly url: string;
  /** Those that sign, the newest first. */
  readonly secrets: readonly string[];
  readonly task_id: string;
  readonly seq: number;
  readonly refusals: number;
  readonly first_attempt_at: string;
  /** ISO 8601: when it was made, or last asked to be delivered again. */
  readonly waits_since: string;
}

export interface Claims {
  readonly claimed: readonly ClaimedDelivery[];
  /** When to look again, ISO 8601: something falls due then that could have a place. Null: none waits but for places. */
  readonly next: string | null;
}

export type DeliveryOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly status: number | null;
      readonly error: string;
      /** Whether the answer says that the request itself is wrong. */
      readonly refused: boolean;
      /** ISO 8601, or null: given up. */
      readonly next_attempt_at: string | null;
    }
  /** There is nothing to send: it says nothing of the receiver. */
  | { readonly kind: 'lost'; readonly error: string }
  /** The receiver wants nothing more. */
  | { readonly kind: 'gone'; readonly status: number; readonly error: string }
  /** The process stops: as if the attempt had not been begun. */
  | { readonly kind: 'given_back' };

export interface Settlement {
  /** False where the message is another's by now, or its registration is gone: nothing is recorded. */
  readonly recorded: boolean;
  /** Whether this has disabled its registration. */
  readonly disabled: boolean;
}

export interface WebhookVerbs {
  /**
   * Makes a registration, or changes the one the owner has for the same url and the same workflow: filter, secret, and no longer
   * disabled. For one workflow it begins with that one's first event, for all of them with the next event there is. One for a
   * workflow that was disabled goes on where it stopped, with the message that was answered 410 or the first that was not tried.
   * INVALID_INPUT when there are too many.
   */
  register(registration: Registration): Promise<WebhookView>;
  /** Forgets registrations with their messages: nothing shows these any more, and `sweep` removes what is left of them. Returns how many there were. */
  unregister(owner: string, which: Unregistration): Promise<number>;
  list(query: WebhookQuery): Promise<readonly Placed<WebhookView>[]>;
}

export interface DeliveryVerbs {
  /** Makes messages of what the log holds since the last time, as registrations want them. True: there may be more. */
  collect(): Promise<boolean>;
  /**
   * Removes one piece of what nobody needs: messages of registrations that are gone, and those that were delivered long ago. True:
   * there may be more.
   */
  sweep(): Promise<boolean>;
  /** Holders of messages under way. */
  holders(): Promise<readonly string[]>;
  /**
   * Takes messages that are due: of each registration and workflow the earliest alone, and that one for nobody else. Owners take
   * turns, and hosts of an owner. Of hosts that do not answer one of each owner is tried at once, the others come last. A message waits no longer for a clock that was set back: its
   * wait begins anew.
   */
  claim(request: DeliveryClaim): Promise<Claims>;
  /**
   * Records what came of an attempt. A receiver that wants nothing more, or has taken nothing for days, has its registration disabled
   * by it: all that waits for it dies, piece by piece (`sweep`).
   */
  settle(hold: DeliveryHold, outcome: DeliveryOutcome): Promise<Settlement>;
  list(query: DeliveryQuery): Promise<readonly Placed<DeliveryView>[]>;
  /**
   * A message that is settled is to be delivered again, in its order among those still to be, as if it were new. Null where the owner has none of this
   * id; `disabled` where its registration takes nothing.
   */
  redeliver(owner: string, delivery_id: string): Promise<DeliveryView | 'disabled' | null>;
}
