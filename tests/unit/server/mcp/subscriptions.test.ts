import { describe, expect, test } from 'vitest';
import { CLIENTS } from './clients.ts';
import { connections, until } from './connections.ts';
import { LIST, STATUS, TASK_ID } from './views.ts';

const STATUS_URI = `orchestrator://${TASK_ID}/status`;
const EVENTS_URI = `orchestrator://${TASK_ID}/events`;
const RESULTS_URI = `orchestrator://${TASK_ID}/results`;
const REPORT_URI = `orchestrator://${TASK_ID}/documents/report.md`;
const SOURCE_URI = `orchestrator://${TASK_ID}/sources/s1`;

const MOVED = { ...STATUS, version: 18 };
const ENDED = { ...STATUS, version: 19, status: 'completed', completed_at: '2026-01-02T03:05:00.000Z' } as const;

describe.each(CLIENTS)('%s', (_name, connect, era) => {
  const connected = connections(connect);

  async function listening(uris: readonly string[]) {
    const connection = await connected();
    const heard: (string | null)[] = [];
    connection.client.onChange((uri) => heard.push(uri));
    const stop = await connection.client.listen({ uris });
    // The subscription counts once the watch is on and the state of the workflow is known.
    await until(
      () => connection.scripted.watches === 1 && connection.scripted.asked.some(({ method }) => method === 'status'),
    );
    return { ...connection, heard, stop };
  }

  test('hears of a step forward and of the end, each resource when it changes', async () => {
    const { scripted, heard } = await listening([STATUS_URI, EVENTS_URI, RESULTS_URI, REPORT_URI, SOURCE_URI]);
    scripted.statusView = MOVED;
    scripted.hint(TASK_ID);
    await until(() => heard.length >= 2);
    expect(new Set(heard.splice(0))).toEqual(new Set([EVENTS_URI, STATUS_URI]));
    scripted.statusView = ENDED;
    // A hint that names nothing counts for all.
    scripted.hint(null);
    await until(() => heard.length >= 4);
    expect(heard).toHaveLength(4);
    expect(new Set(heard)).toEqual(new Set([REPORT_URI, EVENTS_URI, RESULTS_URI, STATUS_URI]));
  });

  test('hears nothing where nothing changed, and of a burst of events but once', async () => {
    const { scripted, heard } = await listening([STATUS_URI]);
    scripted.hint(TASK_ID);
    await until(() => scripted.asked.filter(({ method }) => method === 'status').length >= 2);
    for (let version = 18; version < 218; version += 1) {
      scripted.statusView = { ...STATUS, version };
      scripted.hint(TASK_ID);
    }
    await until(() => heard.length > 0);
    expect(heard).toEqual([STATUS_URI]);
  });

  test('hears no more once it does not want to', async () => {
    const { client, scripted, heard, stop } = await listening([STATUS_URI]);
    await stop();
    await until(() => scripted.watches === 0);
    scripted.statusView = MOVED;
    scripted.hint(TASK_ID);
    await client.listTools();
    expect(heard).toEqual([]);
  });

  test('the watch ends with the connection', async () => {
    const { scripted, end } = await listening([STATUS_URI]);
    await end();
    await until(() => scripted.watches === 0);
    expect(scripted.watches).toBe(0);
  });

  test('hears that the list has changed, and not when it has not', async () => {
    const { client, scripted } = await connected();
    const heard: (string | null)[] = [];
    client.onChange((uri) => heard.push(uri));
    if (era === 'modern') await client.listen({ list: true });
    await client.listResources();
    await until(() => scripted.watches === 1 && scripted.asked.some(({ method }) => method === 'list'));
    const [first] = LIST.workflows;
    if (first === undefined) throw new Error('no workflow');
    scripted.hint(null);
    const asked = (): number => scripted.asked.filter(({ method }) => method === 'list').length;
    const before = asked();
    await until(() => asked() > before);
    expect(heard).toEqual([]);
    scripted.listView = { workflows: [{ ...first, task_id: 'wf_0123456789abcdefghjkmnpqrw' }, ...LIST.workflows] };
    scripted.hint('wf_0123456789abcdefghjkmnpqrw');
    await until(() => heard.length > 0);
    expect(heard).toEqual([null]);
  });

  test('nothing is watched for a client that only looks around', async () => {
    const { client, scripted, opened } = await connected();
    await client.listTools();
    await client.listPrompts();
    await client.listResourceTemplates();
    await client.readResource({ uri: 'orchestrator://patterns' });
    expect(opened()).toBe(0);
    expect(scripted.watches).toBe(0);
    expect(client.getServerCapabilities()).toMatchObject({ resources: { subscribe: true, listChanged: true } });
  });

  test('what does not exist never changes', async () => {
    const { client, scripted } = await connected();
    const heard: (string | null)[] = [];
    client.onChange((uri) => heard.push(uri));
    const uris = ['orchestrator://wf_0000000000000000000000000z/status'];
    // The older era refuses such a subscription; in the newer one the SDK has agreed to it before we hear of it.
    const refused = await client.listen({ uris }).then(
      () => false,
      (error: Error) => error.message.includes('NOT_FOUND'),
    );
    expect(refused).toBe(era === 'legacy');
    await until(() => scripted.asked.some(({ method }) => method === 'status'));
    scripted.hint(null);
    await client.listTools();
    expect(heard).toEqual([]);
  });
});
