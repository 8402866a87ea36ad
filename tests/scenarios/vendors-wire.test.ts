/** What goes wrong on the way: nobody there, nothing more, too much, something else; and what an abort does. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NO_USAGE } from '../../src/core/call.ts';
import type { Exchange } from '../../src/providers/language-model.ts';
import { languageModels, type Limits } from '../../src/providers/models/vendors/vendors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { asked } from '../support/vendor-events.ts';
import { type Answer, event, stream, vendorServer } from '../support/vendor-server.ts';

const KEY = 'sk-test-0123456789';

interface Setting {
  readonly limits?: Partial<Limits>;
  /** Instead of a server of the test. */
  readonly url?: string;
}

async function setUp(answer: Answer, { limits = {}, url }: Setting = {}) {
  const clock = new FakeClock();
  const server = await vendorServer(answer);
  const credentials = {
    VLLM_BASE_URL: url ?? server.url,
    VLLM_API_KEY: KEY,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: url ?? server.url,
  };
  const models = languageModels({ credentials, clock, limits });
  onTestFinished(() => models.close());
  const stop = new AbortController();
  const heard: string[] = [];
  const ask = (name = 'vllm/m', idempotency_key = 'agent:belter-1/turn-3'): Promise<Exchange> =>
    models.model(name).exchange(asked(), {
      signal: stop.signal,
      idempotency_key,
      delta: (text) => void heard.push(text),
    });
  return { clock, models, server, stop, heard, ask };
}

const said = (content: string, finish_reason: string | null = null): string =>
  event({ model: 'm', choices: [{ index: 0, delta: { content }, finish_reason }] });
const USAGE = event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } });
const DONE = 'data: [DONE]\n\n';
const COUNTED = { ...NO_USAGE, input_tokens: 9, output_tokens: 3 };

const flood: Answer = (r) => {
  stream(r);
  r.on('error', () => {});
  r.end(said('x'.repeat(500_000)));
};

/** Turns of the loop until something is so. Nothing here waits for time to pass. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe('an exchange that goes well', () => {
  test('is one POST with the key in its header, whatever the pieces are cut into', async () => {
    const whole = Buffer.from(`: comment\n\n${said('Grüße ')}${said('🪐', 'stop')}${USAGE}${DONE}`);
    const { ask, server, heard } = await setUp((response) => {
      stream(response);
      for (const byte of whole) response.write(Buffer.of(byte));
      response.end();
    });
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text: 'Grüße 🪐', stop: 'end', usage: COUNTED } });
    expect(heard).toEqual(['Grüße ', '🪐']);
    expect(server.asked).toHaveLength(1);
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = server.asked;
    expect(path).toBe('/v1/chat/completions');
    expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'idempotency-key': 'agent:belter-1/turn-3' });
    expect(body).not.toContain(KEY);
  });

  test.each([
    ['without the last empty line', `${said('Yes.', 'stop')}${USAGE}`.trimEnd()],
    ['without [DONE]', `${said('Yes.', 'stop')}${USAGE}`],
    ['with line ends of two characters', `${said('Yes.', 'stop')}${USAGE}${DONE}`.replaceAll('\n', '\r\n')],
  ])('ends %s', async (_how, text) => {
    const { ask } = await setUp((response) => {
      stream(response);
      response.end(text);
    });
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text: 'Yes.', usage: COUNTED } });
  });

  test('takes any key of a call, also one that no header holds', async () => {
    const { ask, server } = await setUp((response) => {
      stream(response);
      response.end(`${said('Yes.', 'stop')}${DONE}`);
    });
    expect(await ask('vllm/m', 'agent:belter-1/поиск 1\n')).toMatchObject({ kind: 'answered' });
    expect(server.asked[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('does not wait for a server that says it is done and stays', async () => {
    const { ask } = await setUp((response) => {
      stream(response);
      response.write(`${said('Yes.', 'stop')}${DONE}`);
    });
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text: 'Yes.', usage: null } });
  });
});

const refused = (exchange: Exchange) =>
  exchange.kind === 'failed'
    ? {
        code: exchange.fault.code,
        retryable: exchange.fault.retryable,
        message: exchange.fault.message,
        usage: exchange.usage,
      }
    : exchange;

describe('an exchange that fails says why, and what it cost', () => {
  test.each<[string, Answer, string, RegExp, typeof COUNTED | null]>([
    [
      'a web page',
      (r) => r.end('<!DOCTYPE html><title>Welcome</title>'),
      'PROVIDER_PROTOCOL',
      /vllm at http:.*\/v1 answers with a web page/,
      NO_USAGE,
    ],
    [
      'a page that says it is one',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('Log in'),
      'PROVIDER_PROTOCOL',
      /web page/,
      NO_USAGE,
    ],
    [
      'garbage',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{nonsense'),
      'PROVIDER_PROTOCOL',
      /no JSON/,
      null,
    ],
    [
      'JSON without a stream',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"id":1}'),
      'PROVIDER_PROTOCOL',
      /without the stream/,
      null,
    ],
    [
      'an error in disguise',
      (r) =>
        r.writeHead(200, { 'content-type': 'application/json' }).end('{"error":{"code":402,"message":"No credits"}}'),
      'PROVIDER_QUOTA',
      /vllm \(HTTP 402\): No credits/,
      NO_USAGE,
    ],
    [
      'a redirect',
      (r) => r.writeHead(307, { location: 'http://elsewhere.example/' }).end(),
      'PROVIDER_PROTOCOL',
      /redirect \(HTTP 307\), which is not followed/,
      NO_USAGE,
    ],
    ['an error page', (r) => r.writeHead(503).end('<html>'), 'PROVIDER_UNAVAILABLE', /HTTP 503.*web page/, NO_USAGE],
    [
      'the key said back',
      (r) => r.writeHead(401).end(JSON.stringify({ error: { message: `bad key ${KEY}` } })),
      'PROVIDER_REFUSED',
      /bad key \[key\]$/,
      NO_USAGE,
    ],
    [
      'events that are no JSON',
      (r) => {
        stream(r);
        r.end('data: {"choices": [\n\n');
      },
      'PROVIDER_PROTOCOL',
      /events that are no JSON/,
      null,
    ],
    [
      'a stream that ends early',
      (r) => {
        stream(r);
        r.end(said('The log'));
      },
      'PROVIDER_UNAVAILABLE',
      /before it was whole/,
      null,
    ],
    [
      'a stream that ends early within an event',
      (r) => {
        stream(r);
        r.end(`${said('The')}data: {"choices":[{"del`);
      },
      'PROVIDER_UNAVAILABLE',
      /before it was whole/,
      null,
    ],
    [
      'a stream that ends early, counted',
      (r) => {
        stream(r);
        r.end(said('The log') + USAGE);
      },
      'PROVIDER_UNAVAILABLE',
      /before it was whole/,
      COUNTED,
    ],
    [
      'a stream that is cut',
      (r) => {
        stream(r);
        r.write(said('The log'), () => r.destroy());
      },
      'PROVIDER_UNAVAILABLE',
      /broke off in the middle/,
      null,
    ],
    ['no answer at all', (r) => r.destroy(), 'PROVIDER_UNAVAILABLE', /closed the connection without an answer/, null],
    [
      'an error in the stream',
      (r) => {
        stream(r);
        r.end(said('The') + event({ error: { message: 'Overloaded', type: 'overloaded_error' } }));
      },
      'PROVIDER_UNAVAILABLE',
      /vllm: Overloaded/,
      null,
    ],
  ])('%s', async (_what, answer, ...[code, message, usage]) => {
    const { ask } = await setUp(answer);
    const retryable = !['PROVIDER_QUOTA', 'PROVIDER_REFUSED'].includes(code);
    const exchange = refused(await ask());
    expect(exchange).toEqual({ code, retryable, usage, message: expect.stringMatching(message) });
    expect(JSON.stringify(exchange)).not.toContain(KEY);
  });

  test('nobody listens', async () => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const { ask } = await setUp(() => {}, { url: `http://127.0.0.1:${port}` });
    expect(refused(await ask())).toEqual({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
      usage: NO_USAGE,
      message: `vllm at http://127.0.0.1:${port}/v1 cannot be reached (ECONNREFUSED)`,
    });
  });

  test('how long to wait is passed on', async () => {
    const { ask } = await setUp((r) =>
      r.writeHead(429, { 'retry-after': '7' }).end('{"error":{"message":"Slow down"}}'),
    );
    expect(await ask()).toMatchObject({ fault: { code: 'PROVIDER_LIMITED', retryAfterMs: 7000 }, usage: NO_USAGE });
  });

  test('more than an answer can be', async () => {
    for (const limits of [{ stream_bytes: 4000 }, { event_characters: 4000 }]) {
      const { ask } = await setUp(flood, { limits });
      expect(refused(await ask())).toMatchObject({
        code: 'PROVIDER_PROTOCOL',
        message: expect.stringContaining('sends more than'),
      });
    }
  });

  test('a broken stream of Anthropic is not counted: its reasoning may be hidden', async () => {
    const { ask } = await setUp((r) => {
      stream(r);
      const usage = { input_tokens: 40, output_tokens: 1 };
      r.write(event({ type: 'message_start', message: { model: 'm', usage } }));
      r.write(
        event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'x'.repeat(40) } }),
        () => r.destroy(),
      );
    });
    expect(refused(await ask('anthropic/claude-opus-5-5'))).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      usage: null,
    });
  });
});

describe('every wait has an end', () => {
  test.each<[string, Answer, keyof Limits, RegExp]>([
    ['does not begin', () => {}, 'headers_ms', /did not begin to answer within 5 s/],
    ['begins and stops', (r) => stream(r), 'idle_ms', /sent nothing more within 5 s/],
    [
      'stops in the middle',
      (r) => {
        stream(r);
        r.write(said('The'));
      },
      'idle_ms',
      /sent nothing more within 5 s/,
    ],
    [
      'stops in the middle of an error',
      (r) => {
        r.writeHead(500);
        r.write('{');
      },
      'idle_ms',
      /stopped in the middle/,
    ],
    ['takes too long as a whole', (r) => stream(r), 'overall_ms', /did not finish its answer within 5 s/],
  ])('a server that %s', async (_how, answer, ...[limit, message]) => {
    const { ask, clock, server } = await setUp(answer, { limits: { [limit]: 5000 } });
    const asking = ask();
    await until(() => server.asked.length === 1);
    await clock.settle(50);
    await clock.advance(4999);
    await clock.advance(1);
    expect(refused(await asking)).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(message),
    });
    await until(() => server.cut() === 1);
    expect(clock.waiting).toBe(0);
  });
});

function whole(r: Parameters<Answer>[0], then: () => void): void {
  stream(r);
  r.write(said('The log.', 'stop') + USAGE, then);
}

test('an answer that is whole and counted is taken from a server that never says that nothing more comes, within seconds', async () => {
  const { ask, clock, heard, server } = await setUp((r) => whole(r, () => {}), { limits: { ending_ms: 5000 } });
  const asking = ask();
  await until(() => heard.length === 1);
  await clock.settle(50);
  await clock.advance(4999);
  await clock.advance(1);
  expect(await asking).toMatchObject({ kind: 'answered', answer: { text: 'The log.', usage: COUNTED } });
  await until(() => server.cut() === 1);
  expect(clock.waiting).toBe(0);
});

test('an answer that is whole and counted is taken from a server that breaks off behind it: it is paid for', async () => {
  const { ask } = await setUp((r) => whole(r, () => r.destroy()));
  expect(await ask()).toMatchObject({ kind: 'answered', answer: { text: 'The log.', usage: COUNTED } });
});

describe('an abort', () => {
  test('is an exception with its own reason, and closes the socket', async () => {
    const { ask, stop, server, heard, clock } = await setUp((r) => {
      stream(r);
      r.write(said('The log'));
    });
    const asking = ask();
    await until(() => heard.length === 1);
    const reason = new Error('cancelled');
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await until(() => server.cut() === 1);
    expect(clock.waiting).toBe(0);
  });

  test('before anything was sent sends nothing, and costs nothing', async () => {
    const { ask, stop, server } = await setUp(() => {});
    const reason = new Error('cancelled');
    stop.abort(reason);
    expect(await ask()).toMatchObject({ kind: 'failed', fault: { cause: reason }, usage: NO_USAGE });
    expect(server.asked).toHaveLength(0);
  });
});

test('what an answer says of limits holds up the next request', async () => {
  const { ask, clock, server } = await setUp((r) => {
    stream(r, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2s' });
    r.end(`${said('Yes.', 'stop')}${DONE}`);
  });
  await ask();
  const asking = ask();
  await clock.advance(1999);
  expect(server.asked).toHaveLength(1);
  await clock.advance(1);
  expect(await asking).toMatchObject({ kind: 'answered' });
});

test('closing again waits for the same end', async () => {
  const { ask, models } = await setUp((r) => {
    stream(r);
    r.end(`${said('Yes.', 'stop')}${DONE}`);
  });
  await ask();
  await Promise.all([models.close(), models.close()]);
  await expect(models.close()).resolves.toBeUndefined();
});
