import { describe, expect, test } from 'vitest';
import { CLIENTS, type ToolResult } from './clients.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER, TASK_ID } from './views.ts';

const connect = CLIENTS[1]?.[1];

async function call(tool: string, args: Record<string, unknown>): Promise<ToolResult> {
  if (connect === undefined) throw new Error('no client');
  const scripted = new ScriptedOrchestrator();
  const { client, service } = await connect({
    version: '1',
    orchestrator: async () => scripted,
    caller: CALLER,
    tasks: true,
  });
  try {
    const result = await client.callTool(tool, args);
    // A refused call reaches nothing.
    expect(scripted.asked).toHaveLength(result.isError === true ? 0 : 1);
    return result;
  } finally {
    await client.close();
    await service.close();
  }
}

async function refusal(tool: string, args: Record<string, unknown>): Promise<string> {
  const result = await call(tool, args);
  const error = result.structuredContent?.['error'] as Record<string, string>;
  expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
  expect(result.content[0]?.text).toBe(`INVALID_INPUT: ${error['message']}\n${error['hint']}`);
  return error['message'] ?? '';
}

const RESEARCH = 'orchestrate_research';
const PLAN = 'plan must be a list of 1 to 32 items, each an object';
const TASK = 'a string of 1 to 20,000 characters';

describe('a wrong argument is named with its range and what came', () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    ['missing', RESEARCH, {}, `task is required: ${TASK}`],
    ['empty', RESEARCH, { task: '' }, `task must be ${TASK}; got the string ""`],
    ['too long', RESEARCH, { task: 'x'.repeat(20_001) }, `task must be ${TASK}; got 20,001 characters`],
    ['of another type', RESEARCH, { task: 7 }, `task must be ${TASK}; got 7`],
    ['null', RESEARCH, { task: null }, `task must be ${TASK}; got null`],
    ['an object', RESEARCH, { task: { a: 1 } }, `task must be ${TASK}; got an object`],
    ['blank', RESEARCH, { task: ' \n\t' }, 'task is only white space: say something'],
    [
      'half a character',
      RESEARCH,
      { task: 'a\ud800b' },
      'task holds half of a surrogate pair: send valid Unicode text',
    ],
    ['NUL', RESEARCH, { task: 'a\0b' }, 'task holds a NUL character: send plain text'],
    ['out of range', RESEARCH, { task: 'a', agents: 33 }, 'agents must be a whole number from 1 to 32; got 33'],
    ['a fraction', RESEARCH, { task: 'a', agents: 1.5 }, 'agents must be a whole number from 1 to 32; got 1.5'],
    [
      'a number as text',
      RESEARCH,
      { task: 'a', wait_seconds: '45' },
      'wait_seconds must be a whole number from 0 to 50; got the string "45"',
    ],
    [
      'not a choice',
      RESEARCH,
      { task: 'a', orchestrator_type: 'hive' },
      'orchestrator_type must be one of "beltalowda", "swarm", "sequential", "conditional", "iterative"; got the string "hive"',
    ],
    [
      'not a list',
      RESEARCH,
      { task: 'a', sources: 'notes' },
      'sources must be a list of 1 to 100 items, each a string of 1 to 4,096 characters; got the string "notes"',
    ],
    [
      'an empty list',
      RESEARCH,
      { task: 'a', sources: [] },
      'sources must be a list of 1 to 100 items, each a string of 1 to 4,096 characters; got a list of 0',
    ],
    [
      'wrong inside a list',
      RESEARCH,
      { task: 'a', sources: ['notes', 3] },
      'sources[1] must be a string of 1 to 4,096 characters; got 3',
    ],
    ['not a flag', RESEARCH, { task: 'a', dry_run: 'yes' }, 'dry_run must be true or false; got the string "yes"'],
    [
      'negative',
      'get_status',
      { task_id: TASK_ID, since_version: -1 },
      'since_version must be a whole number of at least 0; got -1',
    ],
    [
      'beyond exact numbers',
      'get_status',
      { task_id: TASK_ID, since_version: 1e300 },
      'since_version must be a whole number of at least 0; got 1e+300',
    ],
    [
      'too small a page',
      'get_result',
      { task_id: TASK_ID, max_chars: 0 },
      'max_chars must be a whole number from 1 to 100,000; got 0',
    ],
    [
      'a cap that caps nothing',
      RESEARCH,
      { task: 'a', budget: { max_cost_usd: 0, max_dollars: 1 } },
      'budget.max_cost_usd must be a number of at least 0.01; got 0; unknown argument "max_dollars" in budget: budget takes max_cost_usd, max_tokens, max_minutes',
    ],
    [
      'not planned',
      RESEARCH,
      { task: 'a', documents: ['docx'] },
      'unknown argument "documents": this tool takes task, title, orchestrator_type, agents, sources, domains, steps, branches, until, max_rounds, context, model, budget, idempotency_key, webhook, require_approval, dry_run, wait_seconds',
    ],
    ['no plan', 'resume', { task_id: TASK_ID, plan: 'as it is' }, `${PLAN}; got the string "as it is"`],
    ['an empty plan', 'resume', { task_id: TASK_ID, plan: [] }, `${PLAN}; got a list of 0`],
    [
      'too long a plan',
      'resume',
      { task_id: TASK_ID, plan: Array.from({ length: 33 }, () => ({ objective: 'x' })) },
      `${PLAN}; got a list of 33`,
    ],
    ['no subtask', 'resume', { task_id: TASK_ID, plan: ['x'] }, 'plan[0] must be an object; got the string "x"'],
    [
      'a subtask without an objective',
      'resume',
      { task_id: TASK_ID, plan: [{ objective: 'x' }, { queries: ['y'] }] },
      'plan[1].objective is required: a string of 1 to 20,000 characters',
    ],
    [
      'a query that is none',
      'resume',
      { task_id: TASK_ID, plan: [{ objective: 'x', queries: ['y', 7] }] },
      'plan[0].queries[1] must be a string of 1 to 20,000 characters; got 7',
    ],
    [
      'unknown inside a subtask',
      'resume',
      { task_id: TASK_ID, plan: [{ objective: 'x', querys: ['y'] }] },
      'unknown argument "querys" in plan[0]: did you mean "queries"?',
    ],
    ['a page of nothing', 'list_workflows', { limit: 0 }, 'limit must be a whole number from 1 to 100; got 0'],
    ['not a time', 'get_analytics', { since: 2026 }, 'since must be a string of 1 to 40 characters; got 2026'],
    [
      'joined differently',
      'cancel',
      { task_id: TASK_ID, 'Finalize!': true },
      'unknown argument "Finalize!": did you mean "finalize"?',
    ],
  ])('%s', async (...[, tool, args, message]) => {
    expect(await refusal(tool, args)).toBe(message);
  });

  test('several findings come together, at most five and then a count', async () => {
    const args = { task: '', title: '', agents: 0, model: '', context: '', idempotency_key: '', wait_seconds: 51 };
    const message = await refusal(RESEARCH, args);
    expect(message.split('; got')).toHaveLength(6);
    expect(message).toMatch(/; and 2 more$/);
  });

  test('a foreign name is clipped', async () => {
    const message = await refusal('cancel', { task_id: TASK_ID, ['x'.repeat(100_000)]: 1 });
    expect(message.length).toBeLessThan(200);
  });

  test('junk as deep as a message may hold is an error, not an end', async () => {
    let junk: unknown = 1;
    for (let depth = 0; depth < 60; depth += 1) junk = [junk];
    expect(await refusal('cancel', { task_id: TASK_ID, reason: junk })).toContain('reason must be a string');
  });
});

test('longest accepted texts pass, an emoji being one character', async () => {
  const result = await call(RESEARCH, { task: '🪐'.repeat(20_000), context: 'x'.repeat(20_000) });
  expect(result.isError).not.toBe(true);
  expect(await refusal(RESEARCH, { task: '🪐'.repeat(20_001) })).toContain(TASK);
});

test('the smallest and the largest page pass', async () => {
  for (const max_chars of [1, 100_000]) {
    expect((await call('get_result', { task_id: TASK_ID, max_chars })).isError).not.toBe(true);
  }
});
