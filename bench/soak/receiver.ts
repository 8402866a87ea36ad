/** Takes the messages of a webhook, and turns one of so many down, so that attempts are repeated all the time. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const TURNED_DOWN = 40;

export interface Receiver {
  readonly url: string;
  /** As an allow-list names it. */
  readonly host: string;
  /** Messages that were taken. */
  readonly taken: () => number;
  close(): void;
}

export async function openReceiver(): Promise<Receiver> {
  let asked = 0;
  let taken = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      asked += 1;
      const down = asked % TURNED_DOWN === 0;
      if (!down) taken += 1;
      response.writeHead(down ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/in`,
    host,
    taken: () => taken,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
