import { expect, test } from 'vitest';
import type { CallRecord } from '../../../src/core/call.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { extractiveModel } from '../../../src/providers/models/extractive/extractive.ts';
import type { ModelRequest } from '../../../src/providers/language-model.ts';
import type { Model } from '../../../src/providers/providers.ts';
import { thinkingModel } from '../../../src/research/thinking/thinking.ts';
import { type Reply, scripted, TEST_PRICE, type TestModel } from '../../support/cassette.ts';
import { eventually, untilAborted } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { finished, ME, orchestra, type Orchestra, report } from '../../support/orchestra.ts';
import { note, type Outside, page, toolOf, use } from '../../support/thinking.ts';

const TEXT = 'The log is written before the data.';
const SEARCH = toolOf('web_search', { text: TEXT, found: [page(TEXT)], failed: false });
const TIDES = toolOf('tides', { text: 'The tide is high.', found: [], failed: false });
const MOONS = toolOf('moons', { text: 'There are two.', found: [], failed: false });
const DOWN = [{ what: 'tools of sea', why: 'nobody answers' }];
const PLAN = {
  shape: 'survey',
  subtasks: [{ objective: 'How?', boundaries: '', expected: '', queries: ['log'], domain: null }],
};

/** One agent: it searches, asks for the tide, notes and is done. */
function replies({ output, messages }: ModelRequest): Reply {
  if (output !== null) return { text: JSON.stringify(PLAN) };
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  if (turn === 0) return use(['web_search', { query: 'log' }]);
  if (turn === 1) return use(['tides', { query: 'now' }]);
  return note('belter-1.s1', TEXT, { done: true });
}

interface Node extends Orchestra {
  readonly asked: TestModel['requests'];
}

/** A process that thinks with these tools, on a database that others may have used before. */
async function node(
  file: string,
  { tools = [], unavailable = [] }: Outside,
  clock: FakeClock = new FakeClock(),
): Promise<Node> {
  const model = scripted(replies);
  const thinking = (time: Clock): Model => {
    const byCode = extractiveModel();
    const toolbox = { open: async () => ({ tools, unavailable }) };
    const thinks = thinkingModel(model.name, { models: () => model, toolbox, clock: time, byCode });
    return { ...thinks, merge: (request) => byCode.merge(request), compose: (request) => byCode.compose(request) };
  };
  const settings = {
    model: 'cassette/test',
    prices: { 'cassette/test': TEST_PRICE },
    sources: [],
    network: 'on',
  } as const;
  const on = await orchestra({ file, clock, files: { 'example.org/page': TEXT }, model: thinking, settings });
  return { ...on, asked: model.requests };
}

async function database(): Promise<string> {
  return `${await temporaryFolder()}/shared.db`;
}

function offered(requests: Node['asked']): readonly string[] {
  const turns = requests.filter(({ output }) => output === null);
  return [...new Set(turns.map(({ tools }) => tools.map(({ name }) => name).join(' ')))];
}

function keys(calls: readonly CallRecord[], kind: CallRecord['kind']): readonly string[] {
  return calls.filter((call) => call.kind === kind).map(({ call_id }) => call_id);
}

test('a node that is stopped in the middle of an agent and comes back with a tool less and a tool more buys no turn twice', async () => {
  const file = await database();
  const reached = Promise.withResolvers<void>();
  const hanging = toolOf('tides', async (_, { signal }) => {
    reached.resolve();
    return untilAborted(signal);
  });
  const dying = await node(file, { tools: [SEARCH, hanging] });
  const { task_id = '' } = await dying.orchestrator.start({ task: 'How?' }, ME);
  await dying.clock.advance(1_000);
  await reached.promise;
  await dying.orchestrator.close();

  const next = await node(
    file,
    { tools: [MOONS, SEARCH], unavailable: DOWN },
    new FakeClock(dying.clock.now() + 60_000),
  );
  await next.clock.advance(20_000);
  await eventually(async () => (await next.orchestrator.status(task_id, ME)).progress === 1, 'it ends');

  const view = await report(next, task_id);
  expect(view).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(view.claims?.map(({ quote }) => quote)).toEqual([TEXT]);
  expect(view.missing).toEqual([{ what: 'How?', why: 'tides: it was there at first, and is not any more' }]);
  const calls = await next.store.calls.list(task_id);
  expect(keys(calls, 'model')).toEqual(['plan/plan#1', ...[1, 2, 3].map((turn) => `agent:belter-1/turn-${turn}#1`)]);
  expect([dying.asked.length, next.asked.length]).toEqual([3, 1]);
  expect(offered([...dying.asked, ...next.asked])).toEqual(['read_source web_search tides note']);
  expect(next.asked[0]?.messages.at(-1)?.text).toContain('tides is not available any more');
  expect(await next.orchestrator.audit(task_id, ME)).toMatchObject({ sound: true });
  expect(await next.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('a workflow that goes on from an ended one has the tools of now: where they are the same nothing is bought, else what was missing is used', async () => {
  const file = await database();
  const before = await node(file, { tools: [SEARCH], unavailable: DOWN });
  const first = await finished(before);
  expect((await report(before, first)).missing).toEqual([{ what: 'How?', why: 'tools of sea: nobody answers' }]);
  await before.orchestrator.close();

  const goOn = async (from: string, outside: Outside, at: FakeClock) => {
    const on = await node(file, outside, at);
    const { task_id = '' } = await on.orchestrator.resume(from, ME, {});
    await on.clock.advance(20_000);
    await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
    const { completeness } = await report(on, task_id);
    await on.orchestrator.close();
    return { on, task_id, completeness };
  };
  const same = await goOn(first, { tools: [SEARCH], unavailable: DOWN }, before.clock);
  expect([same.on.asked, same.completeness]).toEqual([[], 'partial']);
  const mended = await goOn(same.task_id, { tools: [SEARCH, TIDES] }, before.clock);
  expect(offered(mended.on.asked)).toEqual(['read_source web_search tides note']);
  expect(mended.completeness).toBe('full');
});
