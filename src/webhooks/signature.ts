/**
 * Signatures of the Standard Webhooks scheme: HMAC-SHA256 over id, time and the exact bytes of the body. While a secret is being
 * replaced, both sign, so that a receiver may change over whenever it likes.
 */

import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

export function newSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

export interface SignedMessage {
  readonly id: string;
  /** Of this attempt, seconds since the epoch: receivers refuse what is old, and a replay is. */
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** The value of `webhook-signature`: one signature for each secret, the newest first. */
export function signature({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  const signed = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  });
  return signed.join(' ');
}
