import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { CWD, RESEARCH, run } from './run-command.ts';
import { agentView, DONE, ID, resultView, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('without a command', () => {
  it('serves MCP when a program is at standard input', async () => {
    const { served, exit } = await run([], { terminal: recordingTerminal({ stdinIsTTY: false }) });
    expect(exit).toBe(0);
    expect(served).toHaveLength(1);
  });

  it('shows help when a person is', async () => {
    const { served, out, exit } = await run([]);
    expect(exit).toBe(0);
    expect(served).toHaveLength(0);
    expect(out).toContain('Usage: beltalowda [command] [options]');
    expect(out).toContain('BELTALOWDA_MAX_ACTIVE_WORKFLOWS');
  });

  it('serves MCP with the settings of its flags', async () => {
    const { served } = await run(['--home', 'here'], { terminal: recordingTerminal({ stdinIsTTY: false }) });
    expect(served[0]?.home).toBe(path.join(CWD, 'here'));
  });

  it('prints the version and nothing else', async () => {
    expect((await run(['--version'])).out).toBe('9.8.7\n');
  });

  it('serves on stdio by name, telling odd variables on standard error', async () => {
    const { served, err, out } = await run(['stdio', '--source', 'docs'], { env: { BELTALOWDA_MODLE: 'x' } });
    expect(served[0]?.sources).toEqual([path.join(CWD, 'docs')]);
    expect(err).toContain('Did you mean BELTALOWDA_MODEL?');
    expect(out).toBe('');
  });
});

describe('wrong usage', () => {
  it.each([
    [['reserch', 'x'], 'there is no command "reserch"', 'beltalowda research'],
    [['frobnicate'], 'there is no command "frobnicate"', '--help'],
    [['what is WAL good for'], 'a question alone is not a command', 'beltalowda research "what is WAL good for"'],
    [['research'], 'missing required argument "task"', 'beltalowda research --help'],
    [['research', 'what', 'is', 'WAL'], 'too many arguments', 'in quotes'],
    [['research', 'x', '--agent', '3'], 'unknown option "--agent"', 'Did you mean --agents?'],
    [
      ['research', 'x', '--agents', '33'],
      '--agents must be a whole number from 1 to 32, not "33"',
      'as many as the question asks for',
    ],
    [
      ['research', 'x', '--pattern', 'swam'],
      '--pattern must be one of beltalowda, swarm, sequential, conditional, iterative, not "swam"',
      'swarm?',
    ],
    [['research', 'x', '--domain', 'zzz'], '--domain must be one of', 'leave --domain out'],
    [['research', ' ', '--source', 'x'], 'the task is empty', 'in quotes'],
    [['research', '-', '--source', 'x'], 'standard input holds no task', 'in quotes'],
    [['research', 'x', '--max-agents-total', '0'], '--max-agents-total must be a whole number from 1', 'setting named'],
    [['status'], 'missing required argument "task_id"', 'beltalowda status --help'],
    [['research', 'x', '--source', 'https://a.example/b'], 'is a web address', 'path to a file or folder'],
  ])('%j is told what is wrong and what to do', async (argv, message, hint) => {
    const { exit, err, out } = await run(argv);
    expect(exit).toBe(2);
    expect(err).toMatch(/^error [A-Z_]+: /);
    expect(err).toContain(message);
    expect(err.split('\n')[1]).toContain(hint);
    expect(out).toBe('');
  });

  it('asks for sources before anything is started', async () => {
    const orchestrator = scriptedOrchestrator();
    const { exit, err } = await run(['research', 'x'], { orchestrator });
    expect(exit).toBe(2);
    expect(err).toContain('error NO_SOURCES');
    expect(err).toContain('--source PATH');
    expect(orchestrator.calls).toEqual(['close']);
  });
});

describe('research', () => {
  it('is begun without sources where a server of tools on this machine may bring some', async () => {
    const env = { BELTALOWDA_MCP_SERVERS: JSON.stringify({ sea: { command: 'sea' } }) };
    const orchestrator = scriptedOrchestrator({ views: [DONE] });
    expect((await run(['research', 'x'], { orchestrator, env })).err).not.toContain('NO_SOURCES');
    expect(orchestrator.calls).toContain('start as local');
  });

  it('says when the very same question was broken off before, and how to carry that on', async () => {
    const orchestrator = scriptedOrchestrator({ views: [DONE], started: { broken_off: 'wf_earlier' } });
    const { err } = await run(RESEARCH, { orchestrator });
    expect(err).toContain('To carry the old one on: beltalowda resume wf_earlier');
  });

  it('prints the task_id first, then events line by line, then the report alone on standard output', async () => {
    const events = [
      { task_id: ID, seq: 1, timestamp: '2026-03-01T12:00:01.000Z', event_type: 'workflow_start', data: {} },
      {
        task_id: ID,
        seq: 2,
        timestamp: '2026-03-01T12:00:02.000Z',
        event_type: 'agent_start',
        agent_id: 'belter-1',
        data: {},
      },
    ] as const;
    const orchestrator = scriptedOrchestrator({
      views: [
        statusView({ recent_events: events.slice(0, 1), agents: [agentView('belter-1')] }),
        statusView({ version: 2, recent_events: events, agents: [agentView('belter-1')] }),
        DONE,
      ],
    });
    const { exit, out, err } = await run(RESEARCH, { orchestrator });
    expect(exit).toBe(0);
    expect(out).toBe('# WAL\n\nIt works. [1]\n');
    const lines = err.split('\n');
    expect(lines[0]).toBe(`task_id: ${ID}`);
    expect(lines[1]).toBe(`To continue after an interruption: beltalowda resume ${ID}`);
    expect(lines.filter((line) => line.endsWith('started'))).toHaveLength(1);
    expect(err).toMatch(/\d\d:\d\d:02 belter-1 started: Objective of belter-1\n/);
    expect(err).toContain('✔ Done in 2.5 s: 0 agents, 1 citation from 0 sources\n');
    expect(orchestrator.calls).toEqual(['start as local', 'close']);
    expect(orchestrator.requests[0]).toMatchObject({
      task: 'How does WAL work?',
      sources: [path.join(CWD, 'docs')],
    });
  });

  it('hands every option on', async () => {
    const orchestrator = scriptedOrchestrator();
    const words = ['--pattern', 'swarm', '--agents', '3', '--domain', 'news', '--domain', 'academic', '--context', 'c'];
    await run([...RESEARCH, ...words, '--model', 'm', '--title', 't', '--idempotency-key', 'k'], { orchestrator });
    expect(orchestrator.requests[0]).toMatchObject({
      orchestrator_type: 'swarm',
      agents: 3,
      domains: ['news', 'academic'],
      context: 'c',
      model: 'm',
      title: 't',
      idempotency_key: 'k',
      dry_run: undefined,
    });
  });

  it('counts a task in characters, as MCP does: an emoji is one', async () => {
    expect((await run(['research', '🪐'.repeat(20_000), '--source', 'd'])).exit).toBe(0);
    const { exit, err } = await run(['research', '🪐'.repeat(20_001), '--source', 'd']);
    expect(exit).toBe(2);
    expect(err).toContain('the task has 20,001 characters; at most 20,000 are possible');
  });

  it('reads the task from standard input for -', async () => {
    const orchestrator = scriptedOrchestrator();
    await run(['research', '-', '--source', 'd'], { orchestrator, terminal: recordingTerminal({ input: ' piped\n' }) });
    expect(orchestrator.requests[0]?.task).toBe('piped');
  });

  it('joins the pages of a long report into one JSON object on standard output', async () => {
    const orchestrator = scriptedOrchestrator({
      result: ({ cursor }) => resultView(cursor === undefined ? { text: 'one ', next_cursor: 'c' } : { text: 'two' }),
    });
    const { out } = await run([...RESEARCH, '--json', '--quiet'], { orchestrator });
    const parsed: unknown = JSON.parse(out);
    expect(parsed).toMatchObject({ task_id: ID, text: 'one two', completeness: 'full' });
    expect(parsed).not.toHaveProperty('next_cursor');
  });

  it('says only the task_id when quiet', async () => {
    expect((await run([...RESEARCH, '--quiet'])).err).toBe(`task_id: ${ID}\n`);
  });

  it('writes report.md into a folder it makes, leaving no draft, and says where', async () => {
    const { err, exit } = await run([...RESEARCH, '--out', path.join(folder, 'a', 'b')]);
    const file = path.join(folder, 'a', 'b', 'report.md');
    expect(exit).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('# WAL\n\nIt works. [1]\n');
    expect(readdirSync(path.dirname(file))).toEqual(['report.md']);
    expect(err).toContain(`Report written to ${file}\n`);
  });

  it('refuses a folder it cannot write before it starts anything', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const orchestrator = scriptedOrchestrator();
    const { exit, err } = await run([...RESEARCH, '--out', path.join(folder, 'file', 'x')], { orchestrator });
    expect(exit).toBe(2);
    expect(err).toContain('cannot be written');
    expect(orchestrator.requests).toHaveLength(0);
  });

  it('starts nothing for a dry run and tells what it would take', async () => {
    const orchestrator = scriptedOrchestrator({ started: { task_id: undefined } });
    const { exit, out, err } = await run([...RESEARCH, '--dry-run'], { orchestrator });
    expect(exit).toBe(0);
    expect(orchestrator.requests[0]?.dry_run).toBe(true);
    expect(out).toContain('4 agents\n  6 model calls\n  0 tokens\n  about 1 minute\n  cost: $0.00');
    expect(err).toBe('');
  });

  it('names the database in the words for continuing when a flag named it', async () => {
    const { err } = await run([...RESEARCH, '--home', 'my home', '--db', '/x/y.db']);
    expect(err).toContain(`beltalowda resume ${ID} --home 'my home' --db /x/y.db`);
  });

  it.each([
    ['completed', 'full', 0],
    ['completed', 'partial', 3],
    ['cancelled', 'partial', 3],
    ['cancelled', null, 3],
    ['failed', 'partial', 1],
  ] as const)('exits for a %s workflow with a %s result with %i', async (status, completeness, code) => {
    const orchestrator = scriptedOrchestrator({ views: [{ ...DONE, status }], result: resultView({ completeness }) });
    expect((await run(RESEARCH, { orchestrator })).exit).toBe(code);
  });

  it('tells what is missing and why it failed', async () => {
    const error = { code: 'ALL_AGENTS_FAILED', message: 'all 3 failed', hint: 'see them', retryable: true } as const;
    const missing = Array.from({ length: 7 }, (_, index) => ({ what: `part ${index}`, why: 'timed out' }));
    const orchestrator = scriptedOrchestrator({
      views: [{ ...DONE, status: 'failed', error }],
      result: resultView({ text: '', completeness: 'partial', missing, citations: null, execution_time: null }),
    });
    const { exit, err, out } = await run([...RESEARCH, '--out', folder], { orchestrator });
    expect(exit).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('✖ Failed after 3.0 s: 0 agents, partial report');
    expect(err).toContain('missing: part 4 (timed out)\n  and 2 more');
    expect(err).toContain('error ALL_AGENTS_FAILED: all 3 failed\nhint: see them\n');
    expect(err).toContain('There is no report');
    expect(existsSync(path.join(folder, 'report.md'))).toBe(false);
  });

  it('of one that was stopped before its plan says so in words of its own', async () => {
    const missing = [{ what: 'the research', why: 'cancelled: Ctrl-C' }];
    const orchestrator = scriptedOrchestrator({
      views: [{ ...DONE, status: 'cancelled' }],
      result: resultView({ completeness: 'partial', missing, citations: null, execution_time: 2 }),
    });
    const { err } = await run(RESEARCH, { orchestrator });
    expect(err).toContain('◼ Stopped after 2.0 s: no agent had started, partial report\nTo go on with it: ');
    expect(err).not.toContain('missing:');
    const agents = [agentView('belter-1')];
    const later = scriptedOrchestrator({
      views: [{ ...DONE, status: 'cancelled', agents }],
      result: resultView({ completeness: 'partial', missing: [{ what: 'How?', why: 'cancelled: Ctrl-C' }] }),
    });
    expect((await run(RESEARCH, { orchestrator: later })).err).toContain('missing: How? (cancelled: Ctrl-C)\n');
  });

  it('prints an error of the catalogue with its own exit code, and settings that were not understood', async () => {
    const orchestrator = scriptedOrchestrator({ startFault: new Fault('QUEUE_FULL', '1000 wait') });
    const { exit, err, out } = await run([...RESEARCH, '--json'], { orchestrator, env: { BELTALOWDA_SOURCE: 'x' } });
    expect(exit).toBe(1);
    expect(err).toContain('Did you mean BELTALOWDA_SOURCES?');
    expect(err).toContain('error QUEUE_FULL: 1000 wait\nhint: ');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'QUEUE_FULL', retryable: true } });
    expect(orchestrator.calls.at(-1)).toBe('close');
  });

  it('renders the report for a person who reads it in a terminal', async () => {
    const terminal = recordingTerminal({ stdoutIsTTY: true, color: { out: true, err: true } });
    const { out } = await run(RESEARCH, { terminal });
    expect(out).toContain('\u001B[1m');
    expect(out).not.toContain('# WAL');
    expect(out).toContain('\u001B[36m[1]\u001B[39m');
  });
});
