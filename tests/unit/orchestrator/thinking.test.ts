import { describe, expect, test } from 'vitest';
import type { AgentTool, Unavailable } from '../../../src/providers/agent-tool.ts';
import type { ModelRequest } from '../../../src/providers/language-model.ts';
import { extractiveModel } from '../../../src/providers/models/extractive/extractive.ts';
import { thinkingModel } from '../../../src/research/thinking/thinking.ts';
import { type Reply, scripted, TEST_PRICE } from '../../support/cassette.ts';
import { finished, ME, orchestra, type Orchestra, type OrchestraOptions, report } from '../../support/orchestra.ts';
import { DONE, note, page, toolOf, use } from '../../support/thinking.ts';

const TEXT = 'The log is written before the data. A checkpoint copies it back.';
const SEARCH = toolOf('web_search', { text: TEXT, found: [page(TEXT)], failed: false });
const THINKING = { model: 'cassette/test', prices: { 'cassette/test': TEST_PRICE } };
const WEB = { settings: { ...THINKING, sources: [], network: 'on' } } as const;

const PLAN = {
  shape: 'survey',
  subtasks: ['How is the log written?', 'What does a checkpoint do?'].map((objective, at) => ({
    objective,
    boundaries: 'Only that.',
    expected: '',
    queries: [`query ${at}`],
    domain: null,
  })),
};

/** Plans two agents; each searches, notes and is done. */
function replies({ output, messages }: ModelRequest): Reply {
  if (output !== null) return { text: JSON.stringify(PLAN) };
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  const agent = /logs? is written|log written/.test(messages[0]?.text ?? '') ? 1 : 2;
  if (turn === 0) return use(['web_search', { query: `query ${agent}` }]);
  const quote = agent === 1 ? 'The log is written before the data.' : 'A checkpoint copies it back.';
  return note(`belter-${agent}.s1`, quote, { done: true });
}

function thinking(
  options: OrchestraOptions = WEB,
  made: {
    readonly tools?: readonly AgentTool[];
    readonly unavailable?: readonly Unavailable[];
    readonly reply?: typeof replies;
  } = {},
): Promise<Orchestra> {
  const { tools = [SEARCH], unavailable = [], reply = replies } = made;
  const model = scripted(reply);
  return orchestra({
    files: { 'example.org/page': TEXT },
    ...options,
    model: (clock) =>
      thinkingModel(
        model.name,
        {
          models: () => model,
          toolbox: { open: async () => ({ tools, unavailable }) },
          clock,
          planner: extractiveModel(),
        },
        extractiveModel(),
      ),
  });
}

describe('a workflow without documents', () => {
  test('is researched with tools, and its report cites what they brought', async () => {
    const on = await thinking();
    const task_id = await finished(on);
    const view = await report(on, task_id);
    expect(view).toMatchObject({ status: 'completed', completeness: 'full', missing: [] });
    expect(view.sources).toMatchObject([{ source_id: 'belter-1.s1', location: 'example.org/page:1' }]);
    expect(view.claims?.map(({ agent_id }) => agent_id)).toContain('belter-1');
    const stored = await on.store.sources.list(task_id);
    expect(stored.map(({ source_id }) => source_id)).toEqual(['belter-1.s1', 'belter-2.s1']);
    expect(await on.orchestrator.audit(task_id, ME)).toMatchObject({ sound: true });
    expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
  });

  test('that finds nothing says that there were none', async () => {
    const on = await thinking(WEB, {
      reply: ({ output }) => (output === null ? DONE : { text: JSON.stringify(PLAN) }),
    });
    const view = await report(on, await finished(on));
    expect(view.status).toBe('completed');
    expect(view.text).toContain('Nothing found: there were no documents');
  });

  test('says what its agents did without, once', async () => {
    const unavailable = [{ what: 'scholarly search', why: 'nobody answers' }];
    const on = await thinking(WEB, { unavailable });
    const view = await report(on, await finished(on));
    expect(view.completeness).toBe('partial');
    expect(view.missing).toEqual([{ what: '2 of 2 objectives', why: 'scholarly search: nobody answers' }]);
  });

  test('goes on as one without documents, also where some are configured by now', async () => {
    const on = await thinking();
    const task_id = await finished(on);
    const next = await on.orchestrator.resume(task_id, ME, { agents: 3 });
    expect((await on.store.workflows.get(next.task_id ?? ''))?.config.roots).toEqual([]);
  });

  test.each([
    ['its model does not think', { ...WEB.settings, model: 'extractive' }],
    ['it may not use the network', { ...WEB.settings, network: 'off' }],
  ] as const)('is refused where %s', async (_, settings) => {
    const on = await thinking({ settings });
    await expect(on.orchestrator.start({ task: 'How?' }, ME)).rejects.toMatchObject({ code: 'NO_SOURCES' });
  });
});

test('documents stay the corpus whatever agents bring beside them', async () => {
  const on = await thinking({
    settings: { ...THINKING, network: 'on' },
    files: { 'example.org/page': `${TEXT} Readers.` },
  });
  const task_id = await finished(on);
  const stored = await on.store.sources.list(task_id);
  expect(stored.map(({ source_id }) => source_id)).toEqual(['belter-1.s1', 'belter-2.s1', 's1'].sort());
  const view = await on.orchestrator.result(task_id, ME, {});
  expect(view.text).toContain('[1]');
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});
