import { expect, onTestFinished, test } from 'vitest';
import { providerChecks } from '../../../../src/providers/models/models.ts';
import { languageModels } from '../../../../src/providers/models/vendors/vendors.ts';
import { eventually } from '../../../support/engine-node.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { rejection } from '../../../support/rejection.ts';
import { type Answer, vendorServer } from '../../../support/vendor-server.ts';

type Credentials = Readonly<Record<string, string>>;

function checksOf(credentials: Credentials, clock = new FakeClock()) {
  const models = languageModels({ credentials, clock });
  onTestFinished(() => models.close());
  return providerChecks(models);
}

/** A look at a server that answers so. */
async function lookAt(answer: Answer, clock = new FakeClock()) {
  const server = await vendorServer(answer);
  const [check] = checksOf({ OPENAI_API_KEY: 'secret', OPENAI_BASE_URL: `${server.url}/v1` }, clock);
  return { server, look: check?.look ?? (() => Promise.reject(new Error('no check'))) };
}

function status(code: number): Answer {
  return (response) => response.writeHead(code).end('whatever');
}

test('there is a check for each provider that is set, and none of them is vital', () => {
  const checks = checksOf({ ANTHROPIC_API_KEY: 'k', OLLAMA_HOST: 'localhost', OPENAI_API_KEY: ' ' });
  expect(checks.map(({ name, vital, ttl_ms }) => [name, vital, ttl_ms])).toEqual([
    ['provider:anthropic', false, 60_000],
    ['provider:ollama', false, 60_000],
  ]);
});

test.each([200, 401, 404, 429])('whoever answers %d is there, and is shown no key', async (code) => {
  const { server, look } = await lookAt(status(code));
  await look();
  expect(server.asked).toMatchObject([{ path: '/v1/models', body: '' }]);
  expect(JSON.stringify(server.asked)).not.toContain('secret');
});

test.each([500, 503])('whoever answers %d is not', async (code) => {
  const { look } = await lookAt(status(code));
  await expect(look()).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: expect.stringContaining(`${code}`),
  });
});

test('nobody there, and an address that is none, are told apart', async () => {
  const [nobody] = checksOf({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
  await expect(nobody?.look()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  const [wrong] = checksOf({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'ftp://example.org' });
  await expect(wrong?.look()).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED' });
});

test('one that takes the request and never answers is given up soon, and its connection closed', async () => {
  const clock = new FakeClock();
  const { server, look } = await lookAt(() => {}, clock);
  const looking = rejection(look());
  await eventually(() => server.asked.length === 1, 'it is asked');
  await clock.advance(2500);
  expect(await looking).toContain('gives no answer within 2.5 s');
  await eventually(() => server.cut() === 1, 'the connection is closed');
});
