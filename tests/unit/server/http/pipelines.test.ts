import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ask, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';

const REQUEST = 'GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/** Sends so many requests in one piece, and reads until the connection ends or as many answers have begun. */
async function answers(url: string, requests: number, wanted = requests): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  const begun = (): number => text.split('HTTP/1.1 200 OK').length - 1;
  const ended = once(socket, 'close');
  const enough = new Promise<void>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      if (begun() >= wanted) resolve();
    });
  });
  // A connection that is broken off may be so while it is written to.
  socket.on('error', () => undefined);
  socket.write(REQUEST.repeat(requests));
  await Promise.race([enough, ended]);
  return begun();
}

it('answers some requests of one connection that come together, in their turn', async () => {
  const { url } = await servedHttp(new ScriptedOrchestrator());
  expect(await answers(url, 16)).toBe(16);
});

it('breaks off a connection with more of them, before it makes their answers, and serves others', async () => {
  const { url, log } = await servedHttp(new ScriptedOrchestrator());
  expect(await answers(url, 1000)).toBeLessThan(1000);
  expect(log.filter(({ message }) => message === 'request').length).toBeLessThanOrEqual(16);
  expect((await ask(`${url}/ready`)).status).toBe(200);
});
