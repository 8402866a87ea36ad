import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { CLIENTS } from './clients.ts';
import { connections } from './connections.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER, DOCUMENT, EVENTS, LIST, OLDER, RESULT, SOURCE, STATUS, TASK_ID } from './views.ts';

const STRANGER = 'wf_0000000000000000000000000z';

describe.each(CLIENTS)('%s', (name, connect) => {
  const connected = connections(connect);
  // The wire's code of the 2025 era; the v2 client shows its users that of 2026 for both.
  const notFound = name === 'SDK v1 client' ? -32_002 : -32_602;

  test('lists the patterns and the newest workflows, page by page with the cursor of list_workflows', async () => {
    const { client, scripted } = await connected();
    const first = await client.listResources({ cursor: 'l2' });
    expect(first.nextCursor).toBe('l2');
    expect(first.resources.map(({ uri, mimeType }) => [uri, mimeType])).toEqual([
      [`orchestrator://${TASK_ID}/status`, 'application/json'],
      [`orchestrator://${TASK_ID}/results`, 'application/json'],
      [`orchestrator://${TASK_ID}/documents/report.md`, 'text/markdown'],
      // One without a report has no file yet.
      [`orchestrator://${OLDER}/status`, 'application/json'],
      [`orchestrator://${OLDER}/results`, 'application/json'],
    ]);
    scripted.listView = { workflows: LIST.workflows };
    const { resources, nextCursor } = await client.listResources();
    expect(nextCursor).toBeUndefined();
    expect(resources).toHaveLength(6);
    expect(resources[0]?.uri).toBe('orchestrator://patterns');
    const reading = scripted.asked.findLast(({ method }) => method === 'list');
    expect(reading?.args).toEqual([CALLER, { limit: 50 }]);
    // Looking at lists does not set interrupted work in motion.
    expect(scripted.recovered).toBe(0);
  });

  test('a cursor that is none is an error that says so', async () => {
    const { client } = await connected();
    await expect(client.listResources({ cursor: 'forged' })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('cursor belongs to another query') as string,
    });
  });

  test('lists its templates without opening anything', async () => {
    const { client, opened } = await connected();
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'orchestrator://{task_id}/status',
      'orchestrator://{task_id}/results',
      'orchestrator://{task_id}/events',
      'orchestrator://{task_id}/sources/{source_id}',
      'orchestrator://{task_id}/documents/{name}',
    ]);
    expect(opened()).toBe(0);
  });

  test('the patterns tell each role and when to choose which, without opening anything', async () => {
    const { client, opened } = await connected();
    const { contents } = await client.readResource({ uri: 'orchestrator://patterns' });
    expect(contents).toHaveLength(1);
    const { patterns } = JSON.parse(contents[0]?.text ?? '') as {
      patterns: { name: string; when: string; roles: { role: string }[] }[];
    };
    expect(patterns.map(({ name }) => name)).toEqual(['beltalowda', 'swarm', 'sequential', 'conditional', 'iterative']);
    expect(patterns[0]?.roles.map(({ role }) => role)).toEqual(['belter', 'drummer', 'camina']);
    for (const { when } of patterns) expect(when).not.toBe('');
    expect(opened()).toBe(0);
  });

  test.each([
    ['status', STATUS],
    ['results', RESULT],
    ['events', EVENTS],
  ])('%s is the whole view as JSON', async (facet, view) => {
    const { client } = await connected();
    const uri = `orchestrator://${TASK_ID}/${facet}`;
    const { contents } = await client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
    expect(JSON.parse(contents[0]?.text ?? '')).toEqual(view);
  });

  test('results come with the evidence and on one page', async () => {
    const { client, scripted } = await connected();
    await client.readResource({ uri: `orchestrator://${TASK_ID}/results` });
    const whole = { detail: 'evidence', max_chars: Number.MAX_SAFE_INTEGER };
    expect(scripted.asked).toEqual([{ method: 'result', args: [TASK_ID, CALLER, whole] }]);
  });

  test('events are all there, however many', async () => {
    const { client, scripted } = await connected();
    const [one] = EVENTS.events;
    if (one === undefined) throw new Error('no event');
    const events = Array.from({ length: 2500 }, (_, index) => ({ ...one, seq: index + 1 }));
    scripted.eventsView = { ...EVENTS, events };
    const { contents } = await client.readResource({ uri: `orchestrator://${TASK_ID}/events` });
    const read = JSON.parse(contents[0]?.text ?? '') as { events: { seq: number }[] };
    expect(read.events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  });

  test('a source is its stored text, character by character', async () => {
    const { client } = await connected();
    const { contents } = await client.readResource({ uri: `orchestrator://${TASK_ID}/sources/s1` });
    expect(contents).toMatchObject([{ mimeType: 'text/plain', text: SOURCE.text }]);
    const claim = RESULT.claims?.[0];
    expect(contents[0]?.text?.slice(claim?.start, claim?.end)).toBe(claim?.quote);
  });

  test('a document is the file', async () => {
    const { client } = await connected();
    const { contents } = await client.readResource({ uri: `orchestrator://${TASK_ID}/documents/report.md` });
    expect(contents).toMatchObject([{ mimeType: 'text/markdown', text: DOCUMENT.text }]);
  });

  test.each([
    ['an unknown workflow', `orchestrator://${STRANGER}/status`],
    ['a malformed id', 'orchestrator://no id at all/results'],
    ['an id that is no percent-encoding', 'orchestrator://%zz/events'],
    ['an unknown source', `orchestrator://${TASK_ID}/sources/s999`],
    ['an unknown document', `orchestrator://${TASK_ID}/documents/..%2Fsecret`],
    ['a path too long', `orchestrator://${TASK_ID}/sources/s1/more`],
    ['an unknown facet', `orchestrator://${TASK_ID}/secrets`],
    ['another scheme', 'file:///etc/passwd'],
    ['no URI', 'nonsense'],
    ['nothing', ''],
  ])('%s does not exist, in the words of the catalogue, and the next read works', async (_what, uri) => {
    const { client } = await connected();
    await expect(client.readResource({ uri })).rejects.toMatchObject({
      code: notFound,
      data: { uri },
      message: expect.stringMatching(/NOT_FOUND: no (workflow|resource|source|document)/) as string,
    });
    const { contents } = await client.readResource({ uri: `orchestrator://${TASK_ID}/status` });
    expect(contents).toHaveLength(1);
  });

  test('a document asked for before the end does not exist yet; a broken store is another matter', async () => {
    const { client, scripted } = await connected();
    const uri = `orchestrator://${TASK_ID}/documents/report.md`;
    scripted.failure = new Fault('WORKFLOW_ACTIVE', 'the workflow has not ended');
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: notFound, data: { uri } });
    scripted.failure = new Fault('STORE_LOCKED', 'locked');
    await expect(client.readResource({ uri })).rejects.toMatchObject({
      code: -32_603,
      data: { code: 'STORE_LOCKED', retryable: true },
    });
  });

  test('never lets a view out that breaks its schema, and reports it as a defect', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.statusView = { ...STATUS, progress: 2 };
    const warnings: string[] = [];
    const log = { warn: (_fields: object, message: string) => warnings.push(message) };
    const { client } = await connected({ scripted, log });
    const uri = `orchestrator://${TASK_ID}/status`;
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_603 });
    expect(warnings).toEqual([`${uri} breaks its own schema at progress`]);
  });
});
