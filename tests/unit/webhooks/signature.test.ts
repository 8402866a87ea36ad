import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { isWebhookSecret } from '../../../src/core/webhook.ts';
import { newSecret, signature } from '../../../src/webhooks/signature.ts';
import { NEW_SECRET, SECRET } from '../../support/post.ts';

const NOW = Math.floor(Date.now() / 1000);
const TEXT = '{"task_id":"wf_1","data":{"text":"Größe — 測試 \\ud83d"}}';
const message = { id: 'msg_wf_1_7', timestamp: NOW, body: Buffer.from(TEXT) };

function headers(signed: string): Record<string, string> {
  return { 'webhook-id': message.id, 'webhook-timestamp': String(NOW), 'webhook-signature': signed };
}

test('the public library of the scheme accepts what is signed, over the exact bytes', () => {
  const signed = headers(signature(message, [SECRET]));
  expect(new Webhook(SECRET).verify(Buffer.from(TEXT), signed)).toEqual(JSON.parse(TEXT));
  expect(() => new Webhook(SECRET).verify(`${TEXT} `, signed)).toThrow('No matching signature');
  expect(() => new Webhook(SECRET).verify(TEXT, { ...signed, 'webhook-id': 'msg_wf_1_8' })).toThrow('No matching');
  expect(() => new Webhook(NEW_SECRET).verify(TEXT, signed)).toThrow('No matching signature');
});

test('while a secret is replaced, a receiver with either accepts it', () => {
  const signed = headers(signature(message, [NEW_SECRET, SECRET]));
  for (const secret of [SECRET, NEW_SECRET]) expect(new Webhook(secret).verify(TEXT, signed)).toBeDefined();
});

test('a secret that is made is one of the scheme, and never the same', () => {
  const made = [newSecret(), newSecret()];
  expect(made.map(isWebhookSecret)).toEqual([true, true]);
  expect(made[0]).not.toBe(made[1]);
});
