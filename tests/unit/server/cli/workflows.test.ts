import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { WorkflowSummary } from '../../../../src/core/listing.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run } from './run-command.ts';
import { ID, resultView, scriptedOrchestrator, statusView, STOPPED } from './scripted-orchestrator.ts';

const TASK = 'How do embedded databases keep committed data safe after a crash or power loss?';

function summary(changes: Partial<WorkflowSummary> = {}): WorkflowSummary {
  return {
    task_id: ID,
    title: null,
    task: TASK,
    status: 'completed',
    phase: 'done',
    orchestrator_type: 'beltalowda',
    created_at: '2026-02-20T11:00:00.000Z',
    completed_at: '2026-02-20T11:00:02.000Z',
    completeness: 'full',
    ...changes,
  };
}

const screen = () => recordingTerminal({ stdoutIsTTY: true });

describe('list', () => {
  const workflows = [
    summary(),
    summary({ completeness: 'partial', title: 'Power', match: 'what about **power**\nand loss' }),
    summary({ status: 'running', phase: 'awaiting_approval', completeness: null }),
    summary({ status: 'failed', completeness: null, created_at: '2026-03-01T12:00:00.000Z' }),
  ];

  it('is a table that fits into 80 columns, with the place that matched below its row', async () => {
    const orchestrator = scriptedOrchestrator({ list: { workflows } });
    const { exit, out } = await run(['list'], { orchestrator, terminal: screen() });
    expect(exit).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe('task_id                        state      created     task');
    expect(lines[1]).toBe(`${ID}  completed  2026-02-20  How do embedded databases`);
    expect(lines[2]).toBe(`${' '.repeat(54)}keep committed data safe…`);
    expect(lines[3]).toBe(`${ID}  partial    2026-02-20  Power`);
    expect(lines[4]).toBe('    what about **power** and loss');
    expect(lines[5]).toContain('  approval ');
    expect(out).toMatch(/ failed {5}\d\d:00:00 {4}How/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(79);
  });

  it('is one whole row a line in a pipe, separated by tabs', async () => {
    const { out } = await run(['list'], { orchestrator: scriptedOrchestrator({ list: { workflows } }) });
    const rows = out.trimEnd().split('\n');
    expect(rows).toHaveLength(4);
    expect(rows[0]).toBe([ID, 'completed', '2026-02-20T11:00:00.000Z', 'beltalowda', TASK].join('\t'));
    expect(rows[1]?.endsWith('\tPower\twhat about **power** and loss')).toBe(true);
  });

  it('tells of a workflow what it goes on from, and that nobody works on it', async () => {
    const one = summary({
      status: 'running',
      phase: 'researching',
      interrupted: true,
      resumed_from: 'wf_before',
      match: 'm',
    });
    const orchestrator = scriptedOrchestrator({ list: { workflows: [one] } });
    const { out } = await run(['list'], { orchestrator, terminal: screen() });
    expect(out).toContain(`${ID}  interrupted  2026-02-20`);
    expect(out).toContain('\n    goes on from wf_before\n    m\n');
    const { out: piped } = await run(['list'], { orchestrator });
    expect(piped).toBe(
      `${[ID, 'interrupted', one.created_at, 'beltalowda', TASK, 'goes on from wf_before', 'm'].join('\t')}\n`,
    );
  });

  it('hands every filter on', async () => {
    const orchestrator = scriptedOrchestrator();
    const words = ['--status', 'failed', '--pattern', 'swarm', '--query', 'a b', '--since', '2026-01-01'];
    await run(['list', ...words, '--until', '2026-02-01T10:00Z', '--limit', '5', '--cursor', 'c'], { orchestrator });
    expect(orchestrator.lists).toEqual([
      {
        status: 'failed',
        orchestrator_type: 'swarm',
        query: 'a b',
        since: '2026-01-01',
        until: '2026-02-01T10:00Z',
        limit: 5,
        cursor: 'c',
      },
    ]);
  });

  it('says how to get the next page, with the filters that were typed', async () => {
    const orchestrator = scriptedOrchestrator({ list: { workflows, next_cursor: 'abc' } });
    const { err } = await run(['list', '--query', "it's", '--limit', '4', '--home', '/h'], { orchestrator });
    expect(err).toBe(`More: beltalowda list --query 'it'\\''s' --limit 4 --cursor abc --home /h\n`);
  });

  it('prints only ids for a script, and nothing beside them', async () => {
    const orchestrator = scriptedOrchestrator({ list: { workflows: workflows.slice(0, 2), next_cursor: 'abc' } });
    const { out, err } = await run(['list', '--ids'], { orchestrator });
    expect([out, err]).toEqual([`${ID}\n${ID}\n`, '']);
  });

  it('prints one object for --json', async () => {
    const list = { workflows, next_cursor: 'abc' };
    expect(JSON.parse((await run(['list', '--json'], { orchestrator: scriptedOrchestrator({ list }) })).out)).toEqual(
      list,
    );
  });

  it('says what an empty list means', async () => {
    expect((await run(['list', '--home', '/h'])).err).toBe(
      'There is none yet. Start one: beltalowda research "your question" --source FOLDER --home /h\n',
    );
    expect((await run(['list', '--status', 'failed'])).err).toBe('No workflow matches.\n');
  });

  it.each([
    [['--status', 'done'], 'one of pending, running'],
    [['--limit', '101'], 'from 1 to 100'],
    [['--since', 'yesterday'], 'a date or time such as'],
    [['ID'], 'too many arguments'],
  ])('refuses %j', async (words, message) => {
    const orchestrator = scriptedOrchestrator();
    const { exit, err } = await run(['list', ...words], { orchestrator });
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(orchestrator.calls).toEqual([]);
  });

  it('prints the refusal of a cursor of another query', async () => {
    const fault = new Fault('INVALID_INPUT', 'cursor belongs to another query');
    const { exit, err } = await run(['list', '--cursor', 'x'], { orchestrator: scriptedOrchestrator({ fault }) });
    expect(exit).toBe(2);
    expect(err).toContain('cursor belongs to another query');
  });
});

const claim = (claim_id: string) =>
  ({
    claim_id,
    text: claim_id,
    source_id: 's',
    quote: 'q',
    start: 0,
    end: 1,
    label: 'quoted',
    agent_id: 'a',
    location: 'l',
  }) as const;

describe('result', () => {
  it.each([
    ['completed', 'full', 0],
    ['completed', 'partial', 3],
    ['cancelled', 'partial', 3],
    ['failed', null, 1],
  ] as const)(
    'prints the report of a %s, %s workflow and exits with its code %i',
    async (status, completeness, code) => {
      const orchestrator = scriptedOrchestrator({ result: resultView({ status, completeness }) });
      const { exit, out } = await run(['result', ID], { orchestrator });
      expect(exit).toBe(code);
      expect(out).toBe('# WAL\n\nIt works. [1]\n');
      expect(orchestrator.calls).toEqual(['close']);
    },
  );

  it('is no error before the end: it says how to watch', async () => {
    const running = resultView({ status: 'running', completeness: null, text: '', poll_after_seconds: 1 });
    const orchestrator = scriptedOrchestrator({ views: [statusView()], result: running });
    const { exit, out, err } = await run(['result', ID], { orchestrator });
    expect([exit, out]).toEqual([3, '']);
    expect(err).toContain(`${ID} is running: its report is made at its end.`);
    expect(err).toContain(`beltalowda status ${ID} --follow`);
    const json = await run(['result', ID, '--json'], { orchestrator });
    expect(JSON.parse(json.out)).toMatchObject({ status: 'running' });
  });

  it('asks for one section, or a level of detail', async () => {
    const orchestrator = scriptedOrchestrator();
    await run(['result', ID, '--section', 'summary', '--detail', 'summary'], { orchestrator });
    expect(orchestrator.results.at(-1)).toMatchObject({ section: 'summary', detail: 'summary' });
  });

  it('shows behind each claim the words of the source, where they are others, and their place', async () => {
    const claim = {
      claim_id: 'c1',
      source_id: 's1',
      start: 0,
      end: 8,
      label: 'quoted',
      agent_id: 'belter-1',
      location: 'a.md:3',
    } as const;
    const source = {
      number: 2,
      source_id: 's1',
      title: 'A',
      location: 'a.md:3',
      places: [],
      uri: '',
      accessed_at: '',
      sha256: '',
    };
    const claims = [
      { ...claim, text: 'It works.', quote: 'It works.' },
      { ...claim, claim_id: 'c2', text: 'Column: 7', quote: '7\u001B[2J' },
    ];
    const orchestrator = scriptedOrchestrator({ result: resultView({ claims, sources: [source] }) });
    const { out } = await run(['result', ID, '--detail', 'evidence'], { orchestrator });
    expect(out).toContain(
      '\nEvidence\n\n  [2] It works.\n      a.md:3, quoted, belter-1\n\n  [2] Column: 7\n      "7[2J"\n      a.md:3, quoted, belter-1\n',
    );
    expect(orchestrator.results.at(-1)?.detail).toBe('evidence');
    const json = await run(['result', ID, '--detail', 'evidence', '--json'], { orchestrator });
    expect(JSON.parse(json.out)).toMatchObject({ claims });
  });

  it('joins the claims of all pages, each once', async () => {
    const orchestrator = scriptedOrchestrator({
      result: ({ cursor, detail }) =>
        detail === 'summary' || cursor === undefined
          ? resultView({ text: 'one ', claims: [claim('1'), claim('2')], next_cursor: 'c' })
          : resultView({ text: 'two', claims: [claim('2'), claim('3')] }),
    });
    const { out } = await run(['result', ID, '--detail', 'evidence', '--json'], { orchestrator });
    expect(JSON.parse(out)).toMatchObject({ text: 'one two', claims: ['1', '2', '3'].map(claim) });
  });

  it('writes the whole report to --out, never a part of it', async () => {
    const folder = await temporaryFolder();
    expect((await run(['result', ID, '--out', folder])).exit).toBe(0);
    expect(readFileSync(path.join(folder, 'report.md'), 'utf8')).toBe('# WAL\n\nIt works. [1]\n');
    const part = await run(['result', ID, '--section', 'x', '--out', path.join(folder, 'other')]);
    expect(part.exit).toBe(2);
    expect(part.err).toContain('--out writes the whole report');
    expect(existsSync(path.join(folder, 'other'))).toBe(false);
  });

  it('names the error of a failed workflow', async () => {
    const error = { code: 'ALL_AGENTS_FAILED', message: 'all 3 failed', hint: 'see them', retryable: true } as const;
    const orchestrator = scriptedOrchestrator({ result: resultView({ status: 'failed', error, text: '' }) });
    expect((await run(['result', ID], { orchestrator })).err).toContain('error ALL_AGENTS_FAILED: all 3 failed');
  });
});

describe('cancel', () => {
  it('says what is kept, how to read it and how to go on', async () => {
    const orchestrator = scriptedOrchestrator({ views: [statusView()] });
    const { exit, out } = await run(['cancel', ID, '--finalize', '--reason', 'enough'], { orchestrator });
    expect(exit).toBe(0);
    expect(orchestrator.calls).toEqual(['cancel enough true', 'close']);
    expect(out).toBe(
      [
        `Stopped ${ID}`,
        '  kept        1 claim, 1 source, 1 finished step',
        `  report      beltalowda result ${ID}`,
        `  go on       beltalowda resume ${ID}`,
        '',
      ].join('\n'),
    );
  });

  it('of an ended one says that nothing was stopped', async () => {
    const { exit, out } = await run(['cancel', ID], { orchestrator: scriptedOrchestrator({ views: [STOPPED] }) });
    expect(exit).toBe(0);
    expect(out).toContain(`${ID} had ended already (cancelled); nothing was stopped.`);
  });

  it('prints the view as one JSON object', async () => {
    const { out } = await run(['cancel', ID, '--json'], {
      orchestrator: scriptedOrchestrator({ views: [statusView()] }),
    });
    expect(JSON.parse(out)).toEqual({ task_id: ID, status: 'cancelled', kept: { claims: 1, sources: 1, steps: 1 } });
  });
});

describe('export', () => {
  it('prints the document as it is stored, on a terminal too', async () => {
    const orchestrator = scriptedOrchestrator();
    const { exit, out } = await run(['export', ID, '--format', 'md'], { orchestrator, terminal: screen() });
    expect([exit, out]).toEqual([0, '# WAL\n\nIt works. [1]\n']);
    expect(orchestrator.calls).toEqual(['document report.md', 'close']);
  });

  it('writes it to a folder', async () => {
    const folder = path.join(await temporaryFolder(), 'new');
    const { out, err } = await run(['export', ID, '--format', 'markdown', '--out', folder]);
    expect(out).toBe('');
    expect(err).toBe(`Report written to ${path.join(folder, 'report.md')}\n`);
    expect(readFileSync(path.join(folder, 'report.md'), 'utf8')).toBe('# WAL\n\nIt works. [1]\n');
  });

  it('prints one object for --json', async () => {
    expect(JSON.parse((await run(['export', ID, '--json'])).out)).toEqual({
      task_id: ID,
      name: 'report.md',
      mime_type: 'text/markdown',
      file: null,
      text: '# WAL\n\nIt works. [1]\n',
    });
  });

  it('refuses a format that is none, and a folder that cannot be written, before it asks for anything', async () => {
    const folder = await temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    const orchestrator = scriptedOrchestrator();
    const format = await run(['export', ID, '--format', 'pdf'], { orchestrator });
    expect(format.exit).toBe(2);
    expect(format.err).toContain('--format must be one of markdown, md, not "pdf"');
    const out = await run(['export', ID, '--out', path.join(folder, 'file', 'x')], { orchestrator });
    expect(out.exit).toBe(2);
    expect(orchestrator.calls).toEqual(['close']);
  });
});
