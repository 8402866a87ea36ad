/**
 * A receiver of beltalowda's webhooks, as small as it can be and still right: it verifies before it believes, answers before it
 * works, and does nothing twice. Run it with WEBHOOK_SECRET set to the secret of the registration.
 */

import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const MOST_BYTES = 1_000_000;

const secret = process.env.WEBHOOK_SECRET;
if (secret === undefined) {
  console.error('Set WEBHOOK_SECRET to the secret of the registration (whsec_…).');
  process.exit(2);
}
const webhook = new Webhook(secret);

/** Ids of messages that were taken. In earnest they belong into the database, written together with what a message brings about. */
const taken = new Set();

const server = createServer(async (request, response) => {
  const body = await bytesOf(request);
  let event;
  try {
    if (body === null) throw new Error('the message is too large');
    // The exact bytes: JSON that was parsed and written again has another signature.
    event = webhook.verify(body, request.headers);
  } catch (error) {
    console.error(`refused: ${error.message}`);
    response.writeHead(401).end();
    return;
  }
  // Answered at once; what takes long happens afterwards, or beltalowda gives the attempt up and repeats it.
  response.writeHead(204).end();
  const id = request.headers['webhook-id'];
  if (taken.has(id)) return;
  taken.add(id);
  console.log(`${event.task_id} ${event.seq} ${event.event_type}`);
});

async function bytesOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

server.listen(Number(process.env.PORT ?? 8420), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
