import { describe, expect, test } from 'vitest';
import { ANALYTICS, CANCELLED, LIST, OLDER, RESULT, START, STATUS, TASK_ID, without } from './views.ts';
import { analyticsText, listText } from '../../../../src/server/mcp/overview-text.ts';
import { cancelText, resultText, startText, statusText } from '../../../../src/server/mcp/text.ts';
import { progressSentence } from '../../../../src/server/mcp/waiting.ts';

const finished = without(RESULT, 'next_cursor', 'poll_after_seconds', 'error', 'claims');

test('a start reads as a receipt', () => {
  expect(startText(START, { task: 'How?' })).toBe(
    [
      `${TASK_ID} (beltalowda): pending, queued; version 1, created 2026-01-02T03:04:05.678Z.`,
      `Goes on from ${OLDER}; what that had finished is not done again.`,
      'Its events go to the webhook wh_00, signed with this secret, which is not shown again: whsec_c2hvd24gdGhpcyBvbmNlLCBhbmQgbmV2ZXIgYWdhaW4=.',
      'Queue position 2.',
      'The same request was broken off before as wf_0123456789abcdefghjkmnpqrt, which goes on too.',
      'Up to 8 agents; with all their turns used about 12 model calls, 30,000 tokens, $0.0000; about 3 minutes.',
      'Model extractive: no language model was used; set BELTALOWDA_MODEL to use one',
      'It is stored and goes on whether or not you wait; ask again in 5 s or later.',
      `Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`,
    ].join('\n'),
  );
});

test('a status tells what each agent does, what failed and what was spent', () => {
  const text = statusText({ ...without(STATUS, 'plan'), spend: { ...STATUS.spend, cost_usd: null, model_calls: 1 } });
  expect(text).toBe(
    [
      `${TASK_ID} (beltalowda): running, researching, 42 %; version 17.`,
      'Task: How do databases recover?',
      'Queue position 1.',
      'Interrupted: no process works on it now; it carries on as soon as there is a place for it.',
      'Carried on after an interruption: 1 time.',
      `Goes on from ${OLDER}.`,
      '- belter-1 (belter, technical) running: reading 12 passages (3 claims, 2 attempts, 1,200 tokens, $0.0123). Objective: How does a write-ahead log recover?; STEP_TIMEOUT: agent:belter-2 took longer than 180 s. Narrow the task.',
      '- belter-2 (belter, technical) completed: reading 12 passages (3 claims, 2 attempts, 1,200 tokens, $0.0123). Objective: How does a write-ahead log recover?; STEP_TIMEOUT: agent:belter-2 took longer than 180 s. Narrow the task.',
      'Recent events: 17 agent_progress belter-1.',
      'Created 2026-01-02T03:04:05.678Z, started 2026-01-02T03:04:05.678Z, ended not yet.',
      'Spent 1 model call, 2,400 tokens, cost unknown (in part as reserved: a provider did not count). Budget: $1.5000, 100,000 tokens, 60 minutes.',
      'Model extractive: no language model was used; set BELTALOWDA_MODEL to use one',
      'Held up; it goes on by itself once this is mended. STEP_TIMEOUT: agent:belter-2 took longer than 180 s. Narrow the task.',
      'Poll again in 3 s, or wait:',
      `Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`,
    ].join('\n'),
  );
});

test('a bare status has no empty lines for what is absent', () => {
  const [agent] = STATUS.agents;
  if (agent === undefined) throw new Error('no agent');
  const bare = { ...without(agent, 'domain', 'error'), claims: null, attempts: 1, tokens: 0 };
  const text = statusText({
    ...without(STATUS, 'queue_position', 'error', 'resumed_from', 'plan', 'trace'),
    task: 'long '.repeat(60),
    status: 'failed',
    resumed: 0,
    started_at: null,
    recent_events: [],
    agents: [bare],
  });
  expect(text).toContain('- belter-1 (belter) running: reading 12 passages. Objective:');
  expect(text).toMatch(/Task: (long ){40}…/);
  expect(text).not.toMatch(/\n\n|undefined|null/);
  expect(text.split('\n').at(-1)).toBe(`Next: get_result {"task_id":"${TASK_ID}"}`);
});

test('a plan that awaits approval is shown as resume takes it back, and the next call approves it', () => {
  const text = statusText({ ...STATUS, phase: 'awaiting_approval' });
  expect(text).toContain(
    'The plan awaits approval; no agent has started:\n- {"agent_id":"belter-1","objective":"How does a write-ahead log recover?","name":"Recovery","queries":["write-ahead log recovery"],"domain":"technical","sources":["s1"],"boundaries":"no other engine","expected":"the steps in order"}\nTo change it, call resume with this task_id and plan: all of these subtasks, edited, removed or added to.\n',
  );
  expect(text).not.toContain('Poll again');
  expect(text.split('\n').at(-1)).toBe(`Next: resume {"task_id":"${TASK_ID}","approve":true}`);
  const cancelling = statusText({ ...without(STATUS, 'plan'), phase: 'awaiting_approval' });
  expect(cancelling).not.toContain('awaits approval');
  expect(cancelling.split('\n').at(-1)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);
  const started = startText({ ...START, phase: 'awaiting_approval' }, { task: 'How?' });
  expect(started.split('\n').at(-1)).toBe(`Next: get_status {"task_id":"${TASK_ID}"}`);
});

describe('a list', () => {
  const asked = { status: 'completed', query: 'log' } as const;

  test('names each workflow with its state, its subject and where it matched; the next call is the next page', () => {
    expect(listText(LIST, asked)).toBe(
      [
        `- ${TASK_ID} (beltalowda, completed, partial report, goes on from ${OLDER}; 2026-01-02T03:04:05.678Z) Recovery: How do databases recover?`,
        '  … the **log** is replayed …',
        `- ${OLDER} (beltalowda, interrupted, researching, goes on from ${OLDER}; 2026-01-02T03:04:05.678Z) How do databases recover?`,
        '  … the **log** is replayed …',
        `The newest: get_result {"task_id":"${TASK_ID}"}. There are more.`,
        'Next: list_workflows {"status":"completed","query":"log","cursor":"l2"}',
      ].join('\n'),
    );
  });

  test('of one page ends with the newest workflow: its result, or its status while it runs', () => {
    const [ended, running] = LIST.workflows;
    if (ended === undefined || running === undefined) throw new Error('no workflows');
    expect(listText({ workflows: [ended, running] }, {})).toMatch(/\nNext: get_result \{"task_id":"wf_\w+qrs"\}$/);
    expect(listText({ workflows: [running] }, {})).toMatch(/\nNext: get_status \{"task_id":"wf_\w+qrv"\}$/);
  });

  test('of nothing says so', () => {
    expect(listText({ workflows: [] }, asked)).toMatch(/^No workflow matches\.\nNext: orchestrate_research/);
  });
});

describe('analytics', () => {
  test('tell totals, each pattern, model and day, the extremes and the failures', () => {
    const figures = '3 workflows, 50 % completed, 12.5 s on average, cost unknown.';
    expect(analyticsText(ANALYTICS)).toBe(
      [
        `Created from 2026-01-01 until now: ${figures}`,
        'By status: 1 running, 1 completed, 1 failed.',
        `beltalowda: ${figures}`,
        `Model extractive: ${figures}`,
        `2026-01-02: ${figures}`,
        'Slowest:',
        `- ${TASK_ID} Recovery: completed, 12.5 s, $0.0500`,
        'Most expensive:',
        `- ${TASK_ID} Recovery: completed, 12.5 s, $0.0500`,
        `Failed with STEP_TIMEOUT: 1 time, last ${OLDER} at 2026-01-02T03:04:05.678Z.`,
        `Next: get_status {"task_id":"${OLDER}"}`,
      ].join('\n'),
    );
  });

  test('without failures lead to the slowest, and without workflows to the list', () => {
    const calm = { ...ANALYTICS, failures: [] };
    expect(analyticsText(calm)).toMatch(/\nNext: get_result \{"task_id":"wf_\w+qrs"\}$/);
    const none = { total_workflows: 0, success_rate: null, avg_execution_time: null, total_cost_usd: 0 };
    const by_status = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
    const empty = {
      since: null,
      until: null,
      by_pattern: [],
      by_model: [],
      by_day: [],
      slowest: [],
      most_expensive: [],
    };
    expect(analyticsText({ ...calm, ...empty, totals: { ...none, by_status } })).toBe(
      'Created from the beginning until now: 0 workflows, none ended, $0.0000.\nNext: list_workflows {}',
    );
  });
});

test('a dry run ends with the call that starts the work', () => {
  const asked = { task: 'How?', orchestrator_type: 'beltalowda', agents: 3, dry_run: true } as const;
  const text = startText(without(START, 'task_id'), asked);
  expect(text.split('\n').at(-1)).toBe('Next: orchestrate_research {"task":"How?","agents":3}');
});

test('the name of the model is not said twice', () => {
  const view = { ...START, model_note: 'extractive: no language model was used' };
  expect(startText(view, { task: 'How?' })).toContain('\nModel extractive: no language model was used\n');
});

describe('a result', () => {
  test('on one page holds the report, the counts and how to get the quotes', () => {
    expect(resultText(finished, {})).toBe(
      [
        `${TASK_ID}: completed in 12.5 s, partial report. Spent 3 model calls, 2,400 tokens, $0.0500 (in part as reserved: a provider did not count).`,
        'Title: Recovery',
        'Citations: 1 (1 quoted, 1 supported, 0 unsupported).',
        'Missing: belter-2: it timed out',
        'Model extractive: no language model was used; set BELTALOWDA_MODEL to use one',
        `Files: orchestrator://${TASK_ID}/documents/report.md`,
        '\n# Recovery\n\nThe log is replayed [1].\n',
        'Sections: recovery (Recovery, 1,234 characters).',
        `That is all. For the quotes behind each mark: get_result {"task_id":"${TASK_ID}","detail":"evidence"}`,
      ].join('\n'),
    );
  });

  test('tells what each model took, and of a tool that is charged for only what it cost', () => {
    const by_model = [
      { model: 'v/m', cost_usd: 0.04, tokens: 2_400, model_calls: 3 },
      { model: 'web_search', cost_usd: 0.01, tokens: 0, model_calls: 0 },
    ];
    const text = resultText({ ...finished, spend: { ...finished.spend, by_model } }, {});
    expect(text).toContain('\nBy model: v/m 3 model calls, 2,400 tokens, $0.0400; web_search $0.0100.\n');
  });

  test('of several pages lists the sources of this page and how to get the next', () => {
    const text = resultText({ ...finished, next_cursor: 'p2' }, { max_chars: 500 });
    expect(text).toContain('Sources cited here:\n[1] WAL notes (notes/wal.md:12)');
    expect(text).toMatch(/There is more\.\nNext: get_result \{"task_id":"wf_\w+","max_chars":500,"cursor":"p2"\}$/);
  });

  test('with evidence lists each claim with its verbatim quote', () => {
    const text = resultText({ ...finished, claims: RESULT.claims }, { detail: 'evidence' });
    expect(text).toContain('- belter-1.1 [quoted] s1 10-29 (notes/wal.md:12): "the log is replayed"');
    expect(text).toMatch(/no further call is needed\.$/);
  });

  test('of a workflow that kept nothing says why', () => {
    const text = resultText(
      {
        ...finished,
        status: 'failed',
        completeness: null,
        text: '',
        sections: [],
        citations: null,
        error: RESULT.error,
      },
      {},
    );
    expect(text).toContain('no report');
    expect(text).toContain('STEP_TIMEOUT: agent:belter-2 took longer than 180 s. Narrow the task.');
    expect(text).toMatch(/Nothing was kept\. Next: orchestrate_research, once the cause above is mended\.$/);
    const bare = resultText({ ...finished, status: 'cancelled', completeness: null, text: '' }, {});
    expect(bare).toMatch(/Next: orchestrate_research, to start anew\.$/);
  });
});

test('a cancel says what was kept, and to wait when the workflow is still ending', () => {
  expect(cancelText(CANCELLED)).toBe(
    `${TASK_ID}: cancelled. Kept 12 claims from 4 sources, 5 finished steps.\nNext: get_result {"task_id":"${TASK_ID}"}`,
  );
  expect(cancelText({ ...CANCELLED, status: 'running' })).toMatch(/Next: get_status .*"wait_seconds":45\}$/);
});

describe('a progress sentence', () => {
  const [agent] = STATUS.agents;
  if (agent === undefined) throw new Error('no agent');
  const busy = without(STATUS, 'queue_position');

  test.each([
    ['of a queued workflow tells its position', STATUS, 'waiting in the queue at position 1'],
    ['before there are agents tells the phase', { ...busy, phase: 'planning' as const, agents: [] }, 'planning'],
    [
      'tells who did something last',
      {
        ...busy,
        agents: [
          agent,
          { ...agent, agent_id: 'belter-4', activity: 'quoting', last_activity_at: '2027-01-01T00:00:00.000Z' },
          { ...agent, agent_id: 'belter-5', last_activity_at: null },
        ],
      },
      '0 of 3 agents done; belter-4: quoting',
    ],
    [
      'between agents tells the phase',
      {
        ...busy,
        phase: 'synthesising' as const,
        agents: [{ ...agent, status: 'failed' as const }],
      },
      '1 of 1 agents done; synthesising',
    ],
    [
      'before there are agents tells what is being read',
      {
        ...busy,
        phase: 'planning' as const,
        agents: [],
        recent_events: [
          {
            task_id: TASK_ID,
            seq: 2,
            timestamp: '2026-01-02T03:04:05.678Z',
            event_type: 'agent_progress' as const,
            data: { activity: 'reading documents: 742 so far' },
          },
        ],
      },
      'planning: reading documents: 742 so far',
    ],
    ['at the end tells the status', { ...busy, status: 'completed' as const }, 'completed'],
  ])('%s', (_name, view, sentence) => {
    expect(progressSentence(view)).toBe(sentence);
  });
});
