import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { Orchestrator, StatusView } from '../../../../src/core/views.ts';
import { ChangeFeed } from '../../../../src/server/mcp/change-feed.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER, STATUS, TASK_ID } from './views.ts';

const URI = `orchestrator://${TASK_ID}/status`;
const RESULTS = `orchestrator://${TASK_ID}/results`;
const ONE = { uris: [URI], list: false };

function feedOf(scripted: ScriptedOrchestrator, open: () => Promise<Orchestrator> = async () => scripted) {
  const heard: string[] = [];
  const defects: string[] = [];
  const feed = new ChangeFeed({
    orchestrator: open,
    caller: CALLER,
    updated: async (uri) => {
      heard.push(uri);
    },
    listChanged: async () => {
      heard.push('list');
    },
    defect: (thrown) => defects.push(thrown.message),
  });
  return { feed, heard, defects };
}

describe('a change feed', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-01-02T04:00:00.000Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('tells at most a few changes a second, and never misses the last one', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard } = feedOf(scripted);
    await feed.add('k', ONE);
    for (let step = 0; step < 1000; step += 1) {
      scripted.statusView = { ...STATUS, version: 18 + step };
      scripted.hint(TASK_ID);
      await vi.advanceTimersByTimeAsync(2);
    }
    expect(heard.length).toBeGreaterThan(3);
    expect(heard.length).toBeLessThan(10);
    scripted.statusView = { ...STATUS, version: 5000 };
    scripted.hint(TASK_ID);
    heard.length = 0;
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([URI]);
  });

  test('tells what happened between the subscription and its first look', async () => {
    const scripted = new ScriptedOrchestrator();
    const opening = Promise.withResolvers<Orchestrator>();
    const { feed, heard } = feedOf(scripted, () => opening.promise);
    const added = feed.add('k', { uris: [URI, RESULTS], list: false });
    scripted.statusView = { ...STATUS, version: 30, status: 'completed', completed_at: '2026-01-02T04:00:00.500Z' };
    opening.resolve(scripted);
    await added;
    expect(heard).toEqual([URI, RESULTS]);
  });

  test('tells nothing of a workflow that had ended before', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.statusView = { ...STATUS, status: 'completed', completed_at: '2026-01-02T03:59:59.999Z' };
    const { feed, heard } = feedOf(scripted);
    await feed.add('k', { uris: [URI, RESULTS], list: false });
    scripted.hint(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([]);
  });

  test('a change that falls into a look is told by the next one', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard } = feedOf(scripted);
    await feed.add('k', ONE);
    const reading = Promise.withResolvers<StatusView>();
    const status = scripted.status.bind(scripted);
    scripted.status = () => reading.promise;
    scripted.hint(TASK_ID);
    await vi.advanceTimersByTimeAsync(1000);
    scripted.status = status;
    scripted.statusView = { ...STATUS, version: 18 };
    scripted.hint(TASK_ID);
    reading.resolve(STATUS);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([URI]);
  });

  test('tells once that a workflow is gone', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard } = feedOf(scripted);
    await feed.add('k', { uris: [URI, RESULTS], list: false });
    scripted.statusFailure = new Fault('DELETED', 'it was deleted');
    for (let hint = 0; hint < 3; hint += 1) {
      scripted.hint(null);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(heard).toEqual([URI, RESULTS]);
  });

  test('tells one change once, however many spellings of its resource are watched', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard } = feedOf(scripted);
    const spelled = Array.from(TASK_ID, (character, at) => {
      const code = `%${character.charCodeAt(0).toString(16)}`;
      return `orchestrator://${TASK_ID.slice(0, at)}${code}${TASK_ID.slice(at + 1)}/status`;
    });
    await feed.add('k', { uris: [URI, ...spelled, URI], list: false });
    scripted.statusView = { ...STATUS, version: 18 };
    scripted.hint(TASK_ID);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([URI]);
  });

  test('tells what others still watch when one leaves, and when one asks anew', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard } = feedOf(scripted);
    await feed.add('a', { uris: [URI, RESULTS], list: false });
    await feed.add('b', ONE);
    await feed.add('b', ONE);
    feed.remove('a');
    scripted.statusView = { ...STATUS, version: 18, status: 'completed' };
    scripted.hint(TASK_ID);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([URI]);
    feed.remove('b');
    await vi.advanceTimersByTimeAsync(0);
    expect(scripted.watches).toBe(0);
  });

  test('a look that fails is reported, and made up for with the next hint', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed, heard, defects } = feedOf(scripted);
    await feed.add('k', ONE);
    scripted.statusView = { ...STATUS, version: 18 };
    scripted.statusFailure = new Fault('STORE_LOCKED', 'locked');
    scripted.hint(TASK_ID);
    await vi.advanceTimersByTimeAsync(1000);
    expect(defects).toEqual(['locked']);
    scripted.statusFailure = null;
    scripted.hint('wf_another');
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([]);
    scripted.hint(TASK_ID);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([URI]);
  });

  test('does not begin to watch when the connection ended while it was being opened', async () => {
    const scripted = new ScriptedOrchestrator();
    const opening = Promise.withResolvers<Orchestrator>();
    const { feed, heard } = feedOf(scripted, () => opening.promise);
    const added = feed.add('k', ONE);
    feed.close();
    opening.resolve(scripted);
    await added;
    expect(scripted.watches).toBe(0);
    expect(heard).toEqual([]);
    await feed.add('late', ONE);
    expect(scripted.watches).toBe(0);
  });

  test('a subscription that could not be opened is an error, and the next one is tried anew', async () => {
    const scripted = new ScriptedOrchestrator();
    let attempts = 0;
    const { feed } = feedOf(scripted, async () => {
      attempts += 1;
      if (attempts === 1) throw new Fault('STORE_LOCKED', 'locked');
      return scripted;
    });
    await expect(feed.add('a', ONE)).rejects.toThrow('locked');
    await feed.add('b', ONE);
    expect(scripted.watches).toBe(1);
  });

  test('watches once however many subscribe, until the last of them leaves', async () => {
    const scripted = new ScriptedOrchestrator();
    const { feed } = feedOf(scripted);
    await Promise.all([feed.add(1, ONE), feed.add('1', ONE), feed.add(2, { uris: [], list: true })]);
    expect(scripted.watches).toBe(1);
    feed.remove(1);
    feed.remove('1');
    await vi.advanceTimersByTimeAsync(0);
    expect(scripted.watches).toBe(1);
    feed.remove(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(scripted.watches).toBe(0);
    // And begins again.
    await feed.add(3, ONE);
    expect(scripted.watches).toBe(1);
  });

  test('a subscription to nothing that can change opens nothing', async () => {
    let opened = 0;
    const { feed } = feedOf(new ScriptedOrchestrator(), async () => {
      opened += 1;
      return new ScriptedOrchestrator();
    });
    await feed.add(1, { uris: [], list: false });
    await feed.add(2, { uris: ['orchestrator://patterns', 'file:///etc/passwd'], list: false });
    expect(opened).toBe(0);
  });
});

test('looks at many workflows leave the others their turn', async () => {
  const scripted = new ScriptedOrchestrator();
  const { feed } = feedOf(scripted);
  const uris = Array.from({ length: 200 }, (_, at) => `orchestrator://wf_${at}/status`);
  const looks = (): number => scripted.asked.filter(({ method }) => method === 'status').length;
  const added = feed.add('k', { uris, list: false });
  const turn = new Promise<number>((resolve) => void setImmediate(() => resolve(looks())));
  expect(await turn).toBeLessThan(100);
  await added;
  expect(looks()).toBe(200);
  feed.close();
});
