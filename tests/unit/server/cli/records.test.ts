import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { AnalyticsView } from '../../../../src/core/listing.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { NOWHERE, run } from './run-command.ts';
import { scriptedMaintenance, SOUND, STATE } from './scripted-maintenance.ts';
import { DONE, ID, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

const HASH = 'ab'.repeat(32);

describe('audit verify', () => {
  it('says that a workflow is sound, and the head of its chain', async () => {
    const { exit, out, err } = await run(['audit', 'verify', ID]);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain(`✔ ${ID} is sound\n`);
    expect(out).toContain(`head        ${HASH}\n`);
    expect(out).toContain('rows        40 under the seal\n');
  });

  const findings = [
    { where: 'events seq 4', what: 'its hash is not that of its content' },
    { where: 'claims belter-1.3', what: 'it is missing' },
  ];
  const audit = {
    task_id: ID,
    sound: false,
    head: HASH,
    events: 12,
    sealed_rows: 40,
    state: 'sealed',
    findings,
  } as const;

  it('names every row that is not as it was written, and exits with 1', async () => {
    const { exit, out, err } = await run(['audit', 'verify', ID, '--db', '/x.db'], {
      orchestrator: scriptedOrchestrator({ audit }),
    });
    expect(exit).toBe(1);
    expect(out).toContain(`✖ ${ID} is not sound: 2 findings\n  events seq 4: its hash is not that of its content\n`);
    expect(out).toContain('  claims belter-1.3: it is missing\n');
    expect(err).toContain(`error AUDIT_FAILED: ${ID} is not as it was written: 2 findings\nhint: `);
    expect(err).toContain('beltalowda db check --db /x.db\n');
  });

  it('prints one object for --json, and the error beside it', async () => {
    const orchestrator = scriptedOrchestrator({ audit });
    const { exit, out, err } = await run(['audit', 'verify', ID, '--json'], { orchestrator });
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toEqual(audit);
    expect(err).toContain('error AUDIT_FAILED');
  });

  it('prints the error for an unknown id', async () => {
    const fault = new Fault('NOT_FOUND', 'no workflow');
    const { exit, err } = await run(['audit', 'verify', 'x'], { orchestrator: scriptedOrchestrator({ fault }) });
    expect(exit).toBe(2);
    expect(err).toContain('error NOT_FOUND: no workflow');
  });
});

describe('replay', () => {
  it('lists the decisions and says that they lead to the same result', async () => {
    const { exit, out } = await run(['replay', ID]);
    expect(exit).toBe(0);
    expect(out).toContain(`✔ The journal of ${ID} leads to the recorded result\n`);
    expect(out).toContain('  decision 3  agent:belter-1, agent:belter-2\n');
  });

  it('names what differs, and exits with 1', async () => {
    const replay = {
      task_id: ID,
      same: false,
      decisions: [],
      status: 'completed',
      recorded: HASH,
      replayed: null,
      differences: ['the decider names the step x, which was never begun'],
    };
    const orchestrator = scriptedOrchestrator({ replay });
    const { exit, out, err } = await run(['replay', ID, '--home', '/h'], { orchestrator });
    expect(exit).toBe(1);
    expect(err).toContain('beltalowda db check --home /h - if');
    expect(out).toContain('  difference  the decider names the step x, which was never begun\n');
    expect(out).toContain('  replayed    no result\n');
    expect(err).toContain('error REPLAY_DIVERGED');
    expect(JSON.parse((await run(['replay', ID, '--json'], { orchestrator })).out)).toEqual(replay);
  });
});

const ask = (input: string) => recordingTerminal({ stdinIsTTY: true, input });
const pipe = () => recordingTerminal({ stdinIsTTY: false, input: ID });

describe('delete', () => {
  it('deletes once the task_id is typed, and says what went and what it does not reach', async () => {
    const orchestrator = scriptedOrchestrator();
    const { exit, out, err } = await run(['delete', ID, '--reason', 'asked to'], {
      orchestrator,
      terminal: ask(` ${ID} \n`),
    });
    expect(exit).toBe(0);
    expect(err).toContain(`${ID} (completed, created 2026-03-01T12:00:00.000Z): How does WAL work?\n`);
    expect(err).toContain('Type the task_id to delete it: ');
    expect(orchestrator.calls).toEqual(['delete asked to', 'close']);
    expect(out).toContain('erased       1 result, 9 steps, 4 sources, 300 passages, 17 claims, the data of 12 events');
    expect(out).toContain('texts        3 stored texts (1,234,567 bytes) that no other workflow uses');
    expect(out).toContain('not reached  backups and copies of the database');
  });

  it.each(['yes', '', 'wf_00000000000000000000000002'])('deletes nothing when %j is typed', async (typed) => {
    const orchestrator = scriptedOrchestrator();
    const { exit, err } = await run(['delete', ID], { orchestrator, terminal: ask(typed) });
    expect(exit).toBe(2);
    expect(err).toContain('nothing was deleted: what was typed is not the task_id');
    expect(orchestrator.calls).toEqual(['close']);
  });

  it('without a terminal asks for --yes, and deletes with it', async () => {
    const orchestrator = scriptedOrchestrator();
    const refused = await run(['delete', ID], { orchestrator, terminal: pipe() });
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('hint: Add --yes');
    expect(orchestrator.calls).toEqual(['close']);
    const { exit, out } = await run(['delete', ID, '--yes', '--json'], { orchestrator, terminal: pipe() });
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ task_id: ID, erased: { claims: 17 } });
  });

  it('does not ask about a workflow that has not ended', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()] });
    const { exit, err } = await run(['delete', ID], { orchestrator, terminal: ask(ID) });
    expect(exit).toBe(1);
    expect(err).toContain('error WORKFLOW_ACTIVE');
    expect(err).toContain(`hint: Stop it first: beltalowda cancel ${ID}`);
    expect(err).not.toContain('Type the task_id');
    expect(orchestrator.calls).toEqual(['close']);
  });

  it('shows no control characters of the task', async () => {
    const view = { ...DONE, task: 'evil \u001B[2J task' };
    const { err } = await run(['delete', ID], {
      orchestrator: scriptedOrchestrator({ views: [view] }),
      terminal: ask('no'),
    });
    expect(err).not.toContain('\u001B');
  });
});

describe('db', () => {
  it('migrate says what was applied', async () => {
    const maintenance = scriptedMaintenance({ migrate: { ...STATE, applied: [2] } });
    const { exit, out } = await run(['db', 'migrate'], { maintenance });
    expect(exit).toBe(0);
    expect(maintenance.calls).toEqual(['migrate']);
    expect(out).toContain('✔ The database is up to date; applied: 2\n  file        /data/beltalowda.db\n');
    expect((await run(['db', 'migrate'])).out).toContain('nothing was changed');
  });

  it('check says that it is sound, and how much it has looked at', async () => {
    const { exit, out } = await run(['db', 'check']);
    expect(exit).toBe(0);
    expect(out).toContain('✔ The database is sound; 12 workflows checked\n');
    expect(out).toContain('schema      2; this release knows up to 2\n');
    const none = scriptedMaintenance({ check: { ...SOUND, exists: false, workflows_checked: 0 } });
    expect((await run(['db', 'check'], { maintenance: none })).out).toContain('There is no database yet');
  });

  it('check names the workflow and row of every finding, and exits with 1', async () => {
    const findings = [
      { task_id: ID, where: 'events seq 4', what: 'it is missing' },
      { where: 'page 7', what: 'btree is broken' },
    ];
    const maintenance = scriptedMaintenance({ check: { ...SOUND, sound: false, findings } });
    const { exit, out, err } = await run(['db', 'check'], { maintenance });
    expect(exit).toBe(1);
    expect(out).toContain(`  ${ID} events seq 4: it is missing\n  page 7: btree is broken\n`);
    expect(err).toContain('error AUDIT_FAILED: /data/beltalowda.db is not as it was written: 2 findings');
    expect(JSON.parse((await run(['db', 'check', '--json'], { maintenance })).out)).toMatchObject({ findings });
  });

  it('backup copies to the file named, or to a new one beside the database', async () => {
    const maintenance = scriptedMaintenance();
    const { exit, out } = await run(['db', 'backup', 'copy.db'], { maintenance });
    expect(exit).toBe(0);
    expect(out).toContain(`file        ${path.resolve('copy.db')}\n  size        4,096 bytes\n`);
    await run(['db', 'backup'], { maintenance });
    expect(maintenance.calls).toEqual([
      `backup ${path.resolve('copy.db')}`,
      `backup ${path.join(NOWHERE, 'beltalowda-2026-03-01T120010000Z.db')}`,
    ]);
    const json = await run(['db', 'backup', '/x.db', '--json'], { maintenance });
    expect(JSON.parse(json.out)).toMatchObject({ file: '/x.db', workflows: 12 });
  });

  it.each(['migrate', 'check', 'backup'])('%s prints the error of the store and opens nothing else', async (verb) => {
    const maintenance = scriptedMaintenance({ fault: new Fault('STORE_NEWER', 'written by release 9') });
    const { exit, out, err, configs } = await run(['db', verb], { maintenance, env: { BELTALOWDA_MODLE: 'x' } });
    expect([exit, out, configs]).toEqual([1, '', []]);
    expect(err).toContain('Did you mean BELTALOWDA_MODEL?');
    expect(err).toContain('error STORE_NEWER: written by release 9\nhint: ');
  });

  it.each([
    [['db'], '"db" alone is not a command', 'beltalowda db migrate, beltalowda db check, beltalowda db backup [file]'],
    [['db', 'chek'], 'there is no command "db chek"', 'Did you mean: beltalowda db check'],
    [['db', 'frobnicate'], 'there is no command "db frobnicate"', '--help'],
    [['audit'], '"audit" alone is not a command', 'Type beltalowda audit verify <task_id>'],
    [['audit', ID], `there is no command "audit ${ID}"`, `Did you mean: beltalowda audit verify ${ID}`],
    [['audit', 'vrify'], 'there is no command "audit vrify"', 'Did you mean: beltalowda audit verify'],
    [['audit', 'verify'], 'missing required argument "task_id"', 'beltalowda audit verify --help'],
    [['db', 'check', 'x'], 'too many arguments', 'beltalowda db check --help'],
  ])('%j is told what is wrong and what to type', async (argv, message, hint) => {
    const { exit, err } = await run(argv);
    expect(exit).toBe(2);
    expect(err.split('\n')[0]).toContain(message);
    expect(err.split('\n')[1]).toContain(hint);
  });
});

describe('analytics', () => {
  const figures = { total_workflows: 3, success_rate: 2 / 3, avg_execution_time: 2.5, total_cost_usd: null };
  const analytics: AnalyticsView = {
    since: null,
    until: null,
    totals: { ...figures, by_status: { pending: 0, running: 1, completed: 2, failed: 0, cancelled: 0 } },
    by_pattern: [{ orchestrator_type: 'swarm', ...figures }],
    by_model: [{ model: 'extractive', ...figures, total_cost_usd: 0 }],
    by_day: Array.from({ length: 20 }, (_, day) => ({
      day: `2026-03-${String(day + 1).padStart(2, '0')}`,
      ...figures,
    })),
    slowest: [
      {
        task_id: ID,
        title: 'A long title that goes on and on and on and on and on and on and more than that',
        orchestrator_type: 'swarm',
        status: 'completed',
        execution_time: 61,
        cost_usd: 0,
      },
    ],
    most_expensive: [],
    failures: [{ code: 'STEP_FAILED', count: 2, last_task_id: ID, last_at: '2026-03-01T12:00:00.000Z' }],
  };

  it('shows totals and a table for each grouping that fits into 80 columns', async () => {
    const orchestrator = scriptedOrchestrator({ analytics });
    const terminal = recordingTerminal({ stdoutIsTTY: true });
    const { exit, out } = await run(['analytics', '--since', '2026-03-01', '--until', '2026-04-01'], {
      orchestrator,
      terminal,
    });
    expect(exit).toBe(0);
    expect(orchestrator.lists).toEqual([{ since: '2026-03-01', until: '2026-04-01' }]);
    expect(out).toContain('  workflows   3 workflows, 1 running, 2 completed\n  success     67 %\n');
    expect(out).toContain(
      '\nBy model\nmodel       workflows  success  average time  cost\nextractive          3     67 %         2.5 s  $0.00\n',
    );
    expect(out).toContain('unknown');
    expect(out).not.toContain('2026-03-06');
    expect(out).toContain('2026-03-20');
    expect(out).not.toContain('Most expensive');
    expect(out).toMatch(/STEP_FAILED +2 +wf_/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(80);
  });

  it('begins each row with what it tells of in a pipe, and is one object for --json', async () => {
    const orchestrator = scriptedOrchestrator({ analytics });
    const { out } = await run(['analytics'], { orchestrator });
    expect(out).toContain('By pattern\tswarm\t3\t67 %\t2.5 s\tunknown\n');
    expect(JSON.parse((await run(['analytics', '--json'], { orchestrator })).out)).toEqual(analytics);
  });

  it('says how long most of them took, where any has ended', async () => {
    const summary = { execution_time: { p50: 1.2, p90: 8, p95: 61, p99: 200 } };
    const { out } = await run(['analytics'], { orchestrator: scriptedOrchestrator({ analytics, summary }) });
    expect(out).toContain('  time        2.5 s on average, half within 1.2 s, 95 % within 1 min 1 s\n');
    expect((await run(['analytics'])).out).toContain('  time        - on average\n');
  });

  it('has figures for nothing as well', async () => {
    expect((await run(['analytics'])).out).toContain('  workflows   0 workflows\n  success     -\n');
  });
});
