import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { CWD, run, start } from './run-command.ts';
import {
  agentView,
  DONE,
  ID,
  resultView,
  scriptedOrchestrator,
  statusView,
  STOPPED,
  WAITING,
} from './scripted-orchestrator.ts';

const NEW = 'wf_00000000000000000000000002';
const PARTIAL = resultView({ completeness: 'partial' });

describe('resume', () => {
  it('takes a workflow up and prints its report', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView(), DONE] });
    const { exit, out, err } = await run(['resume', ID], { orchestrator });
    expect(exit).toBe(0);
    expect(orchestrator.calls).toEqual(['resume', 'close']);
    expect(orchestrator.resumes).toEqual([{}]);
    expect(out).toContain('# WAL');
    expect(err).not.toContain('task_id:');
  });

  it('says in its help what it does with each kind of workflow', async () => {
    const help = (await run(['resume', '--help'])).out.replaceAll(/\s+/g, ' ');
    expect(help).toContain('Carry on after a kill; approve a plan; go on, as a new workflow');
    expect(help).toContain('For one that is complete, print its report');
  });

  it('prints the report of a complete one, and says that it had ended', async () => {
    const orchestrator = scriptedOrchestrator({ views: [DONE] });
    const { exit, out, err } = await run(['resume', ID], { orchestrator });
    expect(exit).toBe(0);
    expect(err).toContain('This workflow has ended already (completed); here is what it left.');
    expect(out).toContain('# WAL');
    expect(orchestrator.calls).toEqual(['close']);
  });

  it.each([
    ['cancelled', STOPPED, PARTIAL],
    ['failed', { ...DONE, status: 'failed' as const }, PARTIAL],
    ['partial', DONE, PARTIAL],
  ])('goes on from a %s one in a new workflow, whose task_id comes first', async (_state, view, result) => {
    const orchestrator = scriptedOrchestrator({ views: [view], result, resumed: { task_id: NEW } });
    const { err } = await run(['resume', ID], { orchestrator, env: { BELTALOWDA_MODLE: 'x' } });
    const lines = err.split('\n');
    expect(lines[0]).toBe(`task_id: ${NEW}`);
    expect(err).toContain(`It goes on from ${ID}; what that had finished is not done again.`);
    expect(err.match(/Did you mean BELTALOWDA_MODEL/g)).toHaveLength(1);
    expect(orchestrator.resumes).toEqual([{}]);
  });

  it('goes on from a complete one when that is asked for with flags', async () => {
    const orchestrator = scriptedOrchestrator({ views: [DONE], resumed: { task_id: NEW } });
    await run(['resume', ID, '--agents', '6', '--source', 'more', '--quiet'], { orchestrator });
    expect(orchestrator.resumes).toEqual([{ agents: 6, sources: [path.join(CWD, 'more')] }]);
  });

  it('goes on with the model that was typed, and not with one that is configured', async () => {
    const orchestrator = scriptedOrchestrator({ views: [STOPPED, STOPPED], resumed: { task_id: NEW } });
    const env = { BELTALOWDA_MODEL: 'v/configured' };
    await run(['resume', ID, '--model', 'w/n', '--quiet'], { orchestrator, env });
    await run(['resume', ID, '--quiet'], { orchestrator, env });
    expect(orchestrator.resumes).toEqual([{ model: 'w/n' }, {}]);
  });

  it('does not take settings for all research as a wish to change this one', async () => {
    const orchestrator = scriptedOrchestrator({ views: [DONE] });
    const env = {
      BELTALOWDA_SOURCES: 'all',
      BELTALOWDA_AGENTS: '5',
      BELTALOWDA_APPROVE: 'on',
      BELTALOWDA_PLAN: 'none',
    };
    const { exit } = await run(['resume', ID], { orchestrator, env });
    expect(exit).toBe(0);
    expect(orchestrator.resumes).toEqual([]);
  });

  it('of an unknown id says so with exit code 2', async () => {
    const { exit, err } = await run(['resume', 'wf_x'], { orchestrator: scriptedOrchestrator({ views: [] }) });
    expect(exit).toBe(2);
    expect(err).toContain('error NOT_FOUND');
  });

  it('prints the error of a resume that is not possible, and no report', async () => {
    const fault = new Fault('NOT_AWAITING_APPROVAL', 'it has ended');
    const orchestrator = scriptedOrchestrator({ views: [DONE], fault });
    const { exit, err, out } = await run(['resume', ID, '--approve'], { orchestrator });
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain('error NOT_AWAITING_APPROVAL: it has ended');
  });
});

describe('a plan that waits for approval', () => {
  const WAYS = [
    `resume ${ID} --approve`,
    `status ${ID} --json > plan.json`,
    `resume ${ID} --plan plan.json`,
    `cancel ${ID}`,
  ];

  it('ends research --require-approval with the plan, numbered, and what to type; it is not done', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView(), WAITING] });
    const argv = ['research', 'x', '--source', 'd', '--require-approval'];
    const { exit, out, err } = await run(argv, { orchestrator });
    expect(exit).toBe(3);
    expect(orchestrator.requests[0]?.require_approval).toBe(true);
    expect(err.split('\n')[0]).toBe(`task_id: ${ID}`);
    expect(out).toContain('The plan waits for your approval; no agent has started.');
    expect(out).toContain('  1. How WAL is written\n     agent: belter-1\n     queries: WAL write; log\n');
    expect(out).toContain('  2. How WAL is read\n     agent: belter-2\n     queries: WAL read\n     sources: s1\n');
    for (const words of WAYS) expect(out).toContain(`  beltalowda ${words}\n`);
  });

  it('says between the commands what of the file is edited', async () => {
    const { out } = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [WAITING] }) });
    expect(out).toContain('> plan.json\n  (edit the list `plan` in plan.json)\n  beltalowda resume');
  });

  it('keeps each command on one line in a narrow window, and wraps the plan', async () => {
    const plan = [{ objective: 'word '.repeat(30).trim(), domain: 'news' as const }];
    const orchestrator = scriptedOrchestrator({ views: [{ ...WAITING, plan }] });
    const terminal = recordingTerminal({ stdoutIsTTY: true, columns: 60 });
    const { out } = await run(['status', ID], { orchestrator, terminal });
    expect(out).toContain('     domain: news\n');
    const lines = out.split('\n').filter((line) => !line.includes('beltalowda '));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
    expect(out).toContain(`  beltalowda ${WAYS[2]}\n`);
  });

  it('is one JSON object that resume --plan takes back', async () => {
    const orchestrator = scriptedOrchestrator({ views: [WAITING] });
    const argv = ['research', 'x', '--source', 'd', '--require-approval', '--json', '--quiet'];
    const { exit, out } = await run(argv, { orchestrator });
    expect(exit).toBe(3);
    expect(JSON.parse(out)).toEqual(WAITING);
    const back = scriptedOrchestrator({ views: [WAITING] });
    await run(['resume', ID, '--plan', '-'], { orchestrator: back, terminal: recordingTerminal({ input: out }) });
    expect(back.resumes).toEqual([{ plan: WAITING.plan }]);
  });

  it('ends status --follow with the same words, and is not taken up', async () => {
    const orchestrator = scriptedOrchestrator({ views: [WAITING] });
    const { exit, out } = await run(['status', ID, '--follow'], { orchestrator });
    expect(exit).toBe(3);
    expect(orchestrator.calls).toEqual(['close']);
    for (const words of WAYS) expect(out).toContain(`  beltalowda ${words}\n`);
    expect(out).toContain('waiting for your approval');
  });

  it('is shown again by a resume that does not approve it', async () => {
    const orchestrator = scriptedOrchestrator({ views: [WAITING] });
    const { exit, out } = await run(['resume', ID], { orchestrator });
    expect(exit).toBe(3);
    expect(out).toContain('  1. How WAL is written');
  });

  it('is approved by a flag, or by a variable', async () => {
    for (const given of [
      { argv: ['--approve'], env: {} },
      { argv: [], env: { BELTALOWDA_APPROVE: 'yes' } },
    ]) {
      const orchestrator = scriptedOrchestrator({ views: [WAITING] });
      await run(['resume', ID, ...given.argv], { orchestrator, env: given.env });
      expect(orchestrator.resumes).toEqual([{ approve: true }]);
    }
  });
});

/** Resumes a workflow that waits with a plan file of this content. */
const resumed = async (content: string) => {
  const file = path.join(await temporaryFolder(), 'plan.json');
  writeFileSync(file, content);
  const orchestrator = scriptedOrchestrator({ views: [WAITING] });
  const ended = await run(['resume', ID, '--plan', file], { orchestrator });
  return { ...ended, file, orchestrator };
};

describe('an edited plan', () => {
  it('is a list, or an object that holds it as plan', async () => {
    const plan = [{ objective: 'a', queries: ['b'], domain: 'news', sources: ['s1'], agent_id: 'belter-1' }];
    for (const content of [plan, { task_id: ID, plan }, { plan, status: 'running' }]) {
      const { orchestrator } = await resumed(`\uFEFF${JSON.stringify(content)}`);
      expect(orchestrator.resumes).toEqual([{ plan }]);
    }
  });

  it.each([
    ['{', 'is not JSON'],
    ['{"task_id": "x"}', 'holds no plan'],
    ['7', 'holds no plan'],
    ['{"plan": {}}', 'holds no plan'],
    ['[7]', 'subtask 1 must be an object with "objective", not 7'],
    ['[{}]', 'subtask 1: objective is missing'],
    ['[{"objective": null}]', 'subtask 1: objective must be a text, not null'],
    ['[{"objective": "a"}, {"objective": 3}]', 'subtask 2: objective must be a text, not 3'],
    ['[{"objective": "a", "querys": []}]', 'subtask 1 has the key "querys", which a subtask does not have'],
    ['[{"objective": "a", "queries": "b"}]', 'subtask 1: queries must be a list of texts, not "b"'],
    ['[{"objective": "a", "sources": ["b", 1]}]', 'subtask 1: sources, entry 2, must be a text, not 1'],
    ['[{"objective": "a", "domain": "nwes"}]', 'subtask 1: domain must be one of academic, news'],
    ['[{"objective": "a", "agent_id": 1}]', 'subtask 1: agent_id must be a text, not 1'],
  ])('%j is refused before anything is asked for', async (content, message) => {
    const { exit, err, orchestrator } = await resumed(content);
    expect(exit).toBe(2);
    expect(err).toContain('error PLAN_INVALID');
    expect(err).toContain(message);
    expect(orchestrator.calls).toEqual(['close']);
  });

  it('without a plan is told where one comes from, in this very database', async () => {
    const { err } = await run(['resume', ID, '--plan', '-', '--db', '/x.db'], {
      orchestrator: scriptedOrchestrator({ views: [WAITING] }),
      terminal: recordingTerminal({ input: '{}' }),
    });
    expect(err).toContain('hint: Edit what `beltalowda status ID --json --db /x.db` prints');
  });

  it('names the key that was meant', async () => {
    const { err } = await resumed('[{"objective": "a", "querys": []}]');
    expect(err).toContain('hint: Did you mean "queries"?');
  });

  it('that is not there is named', async () => {
    const { exit, err } = await run(['resume', ID, '--plan', '/none/plan.json'], {
      orchestrator: scriptedOrchestrator({ views: [WAITING] }),
    });
    expect(exit).toBe(2);
    expect(err).toContain('--plan /none/plan.json cannot be read');
  });
});

describe('a workflow that nobody works on', () => {
  const LEFT = statusView({
    interrupted: true,
    started_at: '2026-03-01T12:00:00.000Z',
    agents: [agentView('belter-1', { status: 'running', activity: 'quoting', started_at: '2026-03-01T12:00:00.000Z' })],
    recent_events: [
      { task_id: ID, seq: 4, timestamp: '2026-03-01T12:00:05.000Z', event_type: 'agent_start', data: {} },
    ],
  });

  it('is shown as interrupted, since when, with no clock that goes on and nothing at work', async () => {
    const orchestrator = scriptedOrchestrator({ views: [LEFT] });
    const terminal = recordingTerminal();
    terminal.advance(3_600_000);
    const { exit, out } = await run(['status', ID], { orchestrator, terminal });
    expect(exit).toBe(0);
    expect(out).toMatch(/^· How does WAL work\? +0:05\n/);
    expect(out).toContain('interrupted: nobody works on it');
    expect(out).toMatch(/· belter-1 .* 0:05$/m);
    expect(out).not.toMatch(/▸|quoting/);
    expect(out).toMatch(/^ {2}status +interrupted: nobody works on it since 2026-03-01T12:00:05.000Z$/m);
    expect(out).toMatch(new RegExp(`^ {2}next +beltalowda resume ${ID} carries on$`, 'm'));
  });

  it('shows a plan that was being made as not being made', async () => {
    const orchestrator = scriptedOrchestrator({
      views: [{ ...LEFT, agents: [], recent_events: [], phase: 'planning' }],
    });
    const { out } = await run(['status', ID], { orchestrator });
    expect(out).toMatch(/└─ · Plan *$/m);
    expect(out).toContain('nobody works on it since 2026-03-01T12:00:00.000Z');
  });

  it('is not offered to be watched by result, but to be carried on', async () => {
    const result = resultView({ status: 'running', completeness: null, text: '' });
    const orchestrator = scriptedOrchestrator({ views: [LEFT], result });
    const { exit, err } = await run(['result', ID, '--db', '/x.db'], { orchestrator });
    expect(exit).toBe(3);
    expect(err).toBe(
      `${ID} is interrupted: nobody works on it since 2026-03-01T12:00:05.000Z.\nTo carry on: beltalowda resume ${ID} --db /x.db\n`,
    );
    const waiting = scriptedOrchestrator({ views: [WAITING], result });
    expect((await run(['result', ID], { orchestrator: waiting })).err).toContain(
      `waits for approval: no agent has started.\nTo see it: beltalowda status ${ID}\n`,
    );
  });
});

describe('status', () => {
  it('shows the tree and what to type next', async () => {
    const view = statusView({
      agents: [agentView('belter-1', { status: 'running' })],
      resumed: 2,
      resumed_from: NEW,
    });
    const { exit, out } = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [view] }) });
    expect(exit).toBe(0);
    expect(out).toContain('├─ ✔ Plan');
    expect(out).toContain('└─ ▸ belter-1');
    expect(out).toMatch(/^ {2}carried on +2 times$/m);
    expect(out).toMatch(new RegExp(`^ {2}goes on from +${NEW}$`, 'm'));
    expect(out).toMatch(new RegExp(`^ {2}next +beltalowda resume ${ID} continues it and prints the report$`, 'm'));
  });

  it('of an ended workflow names its error, how to print the report and how to go on', async () => {
    const error = { code: 'STEP_FAILED', message: 'no plan', hint: 'h', retryable: false } as const;
    const view = { ...DONE, status: 'failed' as const, error, resumed: 1 };
    const { out, exit } = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [view] }) });
    expect(exit).toBe(0);
    expect(out).toContain('error       STEP_FAILED: no plan');
    expect(out).toContain('carried on  once');
    expect(out).toContain(`report      beltalowda result ${ID}\n`);
    expect(out).toContain(`go on       beltalowda resume ${ID}\n`);
  });

  it('prints the view as one JSON object, also when a variable asks for it', async () => {
    for (const given of [
      { argv: ['--json'], env: {} },
      { argv: [], env: { BELTALOWDA_JSON: '1' } },
    ]) {
      const { out } = await run(['status', ID, ...given.argv], { env: given.env });
      expect(JSON.parse(out)).toEqual(DONE);
    }
  });

  it('prints text for --no-json although a variable asks for JSON', async () => {
    const { out } = await run(['status', ID, '--no-json'], { env: { BELTALOWDA_JSON: '1' } });
    expect(out).toContain('task_id     wf_');
  });

  it('prints an error as an object when a variable asks for JSON', async () => {
    const orchestrator = scriptedOrchestrator({ views: [] });
    const { out } = await run(['status', ID], { orchestrator, env: { BELTALOWDA_JSON: 'on' } });
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('with --follow takes the workflow up, watches it to its end and exits as it ended', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView(), DONE], result: PARTIAL });
    const { exit, out } = await run(['status', ID, '--follow'], { orchestrator });
    expect(exit).toBe(3);
    expect(orchestrator.calls).toEqual(['resume', 'close']);
    expect(out).toContain('status      completed');
  });

  it('with --follow, Ctrl-C only stops watching', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()] });
    const { exit, terminal } = start(['status', ID, '--follow'], { orchestrator });
    await orchestrator.waiting();
    terminal.interrupt();
    expect(await exit).toBe(3);
    expect(orchestrator.calls).toEqual(['resume', 'close']);
    expect(terminal.written.out).toContain('continues it');
  });
});
