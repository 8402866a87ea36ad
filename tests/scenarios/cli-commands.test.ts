import { spawn } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Home, Run } from '../support/binary.ts';
import { BINARY, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';

const Listed = z.object({ workflows: z.array(z.object({ task_id: z.string(), status: z.string() })) });
const Planned = z.looseObject({
  task_id: z.string(),
  plan: z.array(z.looseObject({ agent_id: z.string(), objective: z.string() })),
});

let home: Home;
let id = '';
const run = (...words: readonly string[]): Promise<Run> => pipeIn(home, '', words);

beforeAll(async () => {
  home = await temporaryHome();
  const first = await run('research', 'What is group commit?', '--quiet');
  id = first.stderr.trim().replace('task_id: ', '');
}, 60_000);
afterAll(() => home.remove());

describe('a workflow that has ended', () => {
  it('is found again, whole and by its words', async () => {
    expect((await run('list', '--ids')).stdout).toBe(`${id}\n`);
    expect((await run('list')).stdout).toMatch(
      new RegExp(`^${id}\tcompleted\t.*\tbeltalowda\tWhat is group commit\\?$`, 'm'),
    );
    const found = await run('list', '--query', 'group commit', '--status', 'completed', '--json');
    expect(Listed.parse(JSON.parse(found.stdout)).workflows.map(({ task_id }) => task_id)).toEqual([id]);
    expect((await run('list', '--query', 'zyxomma')).stdout).toBe('');
  });

  it('gives its report, a section of it, the evidence and a document', async () => {
    const report = await run('result', id);
    expect(report.code).toBe(0);
    expect(report.stdout).toContain('[1]');
    const { stdout: section } = await run('result', id, '--section', 'summary');
    expect(section.length).toBeLessThan(report.stdout.length);
    expect((await run('result', id, '--detail', 'evidence')).stdout).toContain('\nEvidence\n');
    const out = path.join(home.folder, 'exported');
    expect((await run('export', id, '--format', 'md', '--out', out)).code).toBe(0);
    expect(await readFile(path.join(out, 'report.md'), 'utf8')).toBe(report.stdout);
  });

  it('gives its events, from any one on, to the terminal one', async () => {
    const { stdout } = await run('events', id, '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => z.object({ seq: z.number(), event_type: z.string() }).parse(JSON.parse(line)));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1));
    expect(events.at(-1)?.event_type).toBe('workflow_complete');
    const rest = await run('events', id, '--after', String(events.length - 1), '--follow');
    expect([rest.code, rest.stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
  });

  it('is sound, replays to the same result, counts in the figures, and cannot be stopped any more', async () => {
    expect((await run('audit', 'verify', id)).stdout).toContain(`✔ ${id} is sound`);
    expect((await run('replay', id)).stdout).toContain('leads to the recorded result');
    expect((await run('analytics')).stdout).toMatch(/workflows +\d+ workflow/);
    expect((await run('cancel', id)).stdout).toContain('had ended already (completed)');
    expect((await run('db', 'check')).stdout).toContain('The database is sound');
  });

  it('is in a backup that can be used in place of the database', async () => {
    const copy = path.join(home.folder, 'copy.db');
    expect((await run('db', 'backup', copy)).code).toBe(0);
    expect((await run('list', '--ids', '--db', copy)).stdout).toContain(id);
    const again = await run('db', 'backup', copy);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('error INVALID_INPUT');
  });

  it('goes on with more agents in a new workflow, and the same wish again is the same one', async () => {
    const more = await run('resume', id, '--agents', '4', '--quiet', '--json');
    expect(more.code).toBe(0);
    const [first] = more.stderr.split('\n');
    const goesOn = first?.replace('task_id: ', '') ?? '';
    expect(goesOn).not.toBe(id);
    expect((await run('status', goesOn)).stdout).toMatch(new RegExp(`goes on from +${id}`));
    expect((await run('resume', id, '--agents', '4', '--quiet')).stderr).toBe(`task_id: ${goesOn}\n`);
  });

  it.each([
    [['result', 'wf_none'], 2, 'NOT_FOUND'],
    [['result', 'ID', '--section', 'none'], 2, 'INVALID_INPUT'],
    [['events', 'wf_none'], 2, 'NOT_FOUND'],
    [['cancel', 'wf_none'], 2, 'NOT_FOUND'],
    [['export', 'ID', '--format', 'pdf'], 2, 'INVALID_INPUT'],
    [['audit', 'verify', 'wf_none'], 2, 'NOT_FOUND'],
    [['replay', 'wf_none'], 2, 'NOT_FOUND'],
    [['delete', 'ID'], 2, 'INVALID_INPUT'],
    [['delete', 'wf_none', '--yes'], 2, 'NOT_FOUND'],
    [['resume', 'ID', '--approve'], 2, 'NOT_AWAITING_APPROVAL'],
    [['list', '--cursor', 'garbage'], 2, 'INVALID_INPUT'],
    [['list', '--since', '2026-02-31'], 2, 'INVALID_INPUT'],
    [['analytics', '--since', '2026-02-02', '--until', '2026-02-01'], 2, 'INVALID_INPUT'],
    [['completion', 'tcsh'], 2, 'INVALID_INPUT'],
  ])('%j exits with %i and %s, saying what to do', async (words, exit, code) => {
    const { code: status, stderr, stdout } = await run(...words.map((word) => (word === 'ID' ? id : word)));
    expect([status, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(new RegExp(`^error ${code}: .*\nhint: .{10,}`, 'm'));
  });
});

/** Starts research that stops at its plan. */
const ask = async (...words: readonly string[]) => {
  const { code, stdout } = await run(
    'research',
    'Compare WAL and rollback journals',
    '--require-approval',
    '--json',
    ...words,
  );
  if (code !== 3) throw new Error(`research --require-approval ended with ${code}`);
  return Planned.parse(JSON.parse(stdout));
};

interface Timed {
  /** Resolves when these words stand on standard error. */
  said(words: string): Promise<void>;
  readonly ended: Promise<Run & { readonly seconds: number; readonly cpu_seconds: number }>;
}

/** Starts the binary and measures how long it lives, and for how long of that it keeps a processor busy. */
function timed(...words: readonly string[]): Timed {
  const child = spawn('bash', ['-c', 'time -p "$@"', 'bash', process.execPath, BINARY, ...words], {
    cwd: ROOT,
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  const heard = new Set<() => void>();
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    for (const hear of heard) hear();
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const said = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      heard.add(() => stderr.includes(wanted) && resolve());
    });
  const finish = async () => {
    const [stdout, code] = await Promise.all([text(child.stdout), closed]);
    const [real = NaN, user = NaN, sys = NaN] = Array.from(stderr.matchAll(/^(?:real|user|sys) (\S+)$/gm), (match) =>
      Number(match[1]),
    );
    return { code, stdout, stderr, seconds: real, cpu_seconds: user + sys };
  };
  return { said, ended: finish() };
}

describe('a plan that waits for approval', () => {
  it('keeps who follows its events waiting quietly, until another process cancels it', async () => {
    const { task_id } = await ask();
    const follower = timed('events', task_id, '--follow');
    await follower.said('The plan waits for approval');
    // Each look takes a while, in which there is nothing to do for who follows.
    for (let look = 0; look < 5; look += 1) {
      expect((await run('status', task_id)).stdout).toContain('The plan waits for your approval');
    }
    expect((await run('cancel', task_id)).code).toBe(0);
    const { code, stdout, stderr, seconds, cpu_seconds } = await follower.ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(/\tworkflow_cancelled\t.*\n$/);
    expect(stderr.match(/waits for approval/g)).toHaveLength(1);
    // What it takes to start and to print the same is no waiting.
    const once = await timed('events', task_id).ended;
    expect(stdout).toBe(once.stdout);
    expect(cpu_seconds - once.cpu_seconds).toBeLessThan((seconds - once.seconds) / 3);
  });

  it('is edited as a file, and researched as edited', async () => {
    const { task_id } = await ask();
    const { plan, ...rest } = Planned.parse(JSON.parse((await run('status', task_id, '--json')).stdout));
    const [first, ...others] = plan;
    const edited = [{ ...first, objective: 'What is a hot journal?', queries: ['hot journal'] }, ...others];
    const file = path.join(home.folder, 'plan.json');
    await writeFile(file, JSON.stringify({ ...rest, plan: edited }));
    const { code, stdout, stderr } = await run('resume', task_id, '--plan', file);
    expect(code).toBe(0);
    expect(stdout).toContain('## What is a hot journal?');
    expect(stderr).toContain('the plan is approved, as edited');
  });

  it.each([
    [[{ objective: 'x', sources: ['none.md'] }], 'names the source "none.md", which was not collected'],
    [[{ objective: 'x', domain: 'news' }], 'only swarm has domains'],
    [[{ objective: 'x', agent_id: 'belter-99' }], 'which the plan does not have'],
    [[], 'the plan has 0 subtasks'],
  ])('refuses %j and goes on waiting', async (plan, message) => {
    const { task_id } = await ask('--idempotency-key', 'plan');
    const { code, stderr } = await pipeIn(home, JSON.stringify(plan), ['resume', task_id, '--plan', '-']);
    expect(code).toBe(2);
    expect(stderr).toContain('error PLAN_INVALID');
    expect(stderr).toContain(message);
    expect((await run('status', task_id)).stdout).toContain('The plan waits for your approval');
  });

  it('can be given up, and what is left can be deleted', async () => {
    const { task_id } = await ask();
    const refused = await run('delete', task_id, '--yes');
    expect([refused.code, refused.stderr.startsWith('error WORKFLOW_ACTIVE')]).toEqual([1, true]);
    expect((await run('cancel', task_id, '--reason', 'changed my mind')).stdout).toContain(`Stopped ${task_id}`);
    const gone = await run('delete', task_id, '--yes');
    expect(gone.stdout).toContain(`Deleted ${task_id}`);
    const asked = await run('status', task_id);
    expect([asked.code, asked.stderr.startsWith('error DELETED')]).toEqual([2, true]);
    expect((await run('audit', 'verify', task_id)).stdout).toContain('erased: only the skeleton of its chain is left');
    expect((await run('list', '--ids')).stdout).not.toContain(task_id);
  });
});

it('leaves nothing beside its own files in the data directory', async () => {
  const names = await readdir(home.folder);
  const known = /^(?:beltalowda\.db(?:-wal|-shm)?|cache|copy\.db(?:-wal|-shm)?|exported|plan\.json)$/;
  expect(names.filter((name) => !known.test(name))).toEqual([]);
});

describe('where no research was ever done', () => {
  const NOBODY = 'wf_0000000000000000000000000z';
  let empty: Home;
  beforeAll(async () => {
    empty = await temporaryHome();
  });
  afterAll(() => empty.remove());

  it.each([
    [['list'], 0, 'There is none yet.'],
    [['list', '--ids'], 0, ''],
    [['list', '--cursor', 'garbage'], 2, 'error INVALID_INPUT: cursor is not one'],
    [['analytics', '--since', '2026-02-02', '--until', '2026-02-01'], 2, 'error INVALID_INPUT: since'],
    [['status', NOBODY], 2, `error NOT_FOUND: no workflow has the task_id "${NOBODY}": there is no database`],
    [['resume', NOBODY], 2, 'error NOT_FOUND'],
    [['audit', 'verify', NOBODY], 2, 'error NOT_FOUND'],
    [['delete', NOBODY, '--yes'], 2, 'error NOT_FOUND'],
  ] as const)('%j is answered as anywhere else, and nothing is made', async (words, code, said) => {
    const ended = await pipeIn(empty, '', words);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(said);
    expect(await readdir(empty.folder)).toEqual([]);
  });
});
