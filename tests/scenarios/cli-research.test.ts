import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Home, Run } from '../support/binary.ts';
import { BINARY, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';

const EXAMPLES = path.join(ROOT, 'examples', 'documents', 'durability');
const QUESTION = 'How do embedded databases keep committed data safe after a crash or power loss?';
const TASK_ID = /^task_id: (wf_[0-9a-z]{26})$/;

let home: Home;
beforeEach(async () => {
  home = await temporaryHome({ BELTALOWDA_SOURCES: '' });
});
afterEach(() => home.remove());

const research = (...words: string[]): Promise<Run> =>
  pipeIn(home, '', ['research', QUESTION, '--source', EXAMPLES, ...words]);

/** Starts the binary and acts on its standard error as it comes. */
function watch(args: readonly string[], seen: (err: string, child: { kill(signal: NodeJS.Signals): void }) => void) {
  const child = spawn(process.execPath, [BINARY, ...args], {
    cwd: home.folder,
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    seen(err, { kill: (signal) => child.kill(signal) });
  });
  const code = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { code, stdout: text(child.stdout), stderr: () => err };
}

const Result = z.object({
  task_id: z.string(),
  status: z.string(),
  completeness: z.enum(['full', 'partial']).nullable(),
  text: z.string(),
  sources: z.array(z.object({ number: z.number(), location: z.string() })),
  citations: z.object({ total: z.number(), unsupported: z.number() }),
});

describe('research on the example documents', () => {
  it('prints the task_id first, events as plain lines, and the report alone on standard output', async () => {
    const { code, stdout, stderr } = await research();
    expect(code).toBe(0);
    expect(stderr.split('\n')[0]).toMatch(TASK_ID);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d belter-1 started: /m);
    expect(stderr).toContain('✔ Done in');
    expect(stderr).not.toContain('\u001B');
    expect(stdout).toMatch(/^# /);
    expect(stdout).toMatch(/\[1\]/);
    expect(stdout).not.toContain('\u001B');
  });

  it('with --json prints one object whose text and sources are those of the report', async () => {
    const plain = await research();
    const { code, stdout, stderr } = await research('--json', '--quiet');
    const result = Result.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(stderr).toBe(`task_id: ${result.task_id}\n`);
    expect(result.status).toBe('completed');
    expect(result.text.trim()).toBe(plain.stdout.trim());
    expect(result.sources.length).toBeGreaterThan(1);
    expect(result.citations.total).toBeGreaterThan(3);
    expect(result.citations.unsupported).toBe(0);
  });

  it('with --out writes the same report as a file', async () => {
    const out = path.join(home.folder, 'reports', 'today');
    const { stdout, stderr } = await research('--out', out);
    expect(await readdir(out)).toEqual(['report.md']);
    expect(await readFile(path.join(out, 'report.md'), 'utf8')).toBe(stdout);
    expect(stderr).toContain(`Report written to ${path.join(out, 'report.md')}\n`);
  });

  it('prints the same report again for resume, and the status for status', async () => {
    const first = await research('--quiet');
    const id = TASK_ID.exec(first.stderr.trim())?.[1] ?? '';
    const again = await pipeIn(home, '', ['resume', id]);
    expect([again.code, again.stdout]).toEqual([0, first.stdout]);
    expect(again.stderr).toContain('has ended already');
    const status = await pipeIn(home, '', ['status', id]);
    expect(status.stdout).toContain('✔ camina');
    const json = await pipeIn(home, '', ['status', id, '--follow', '--json']);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ task_id: id, status: 'completed', progress: 1 });
  });

  it('takes the question from standard input', async () => {
    const { code, stdout } = await pipeIn(home, 'What is group commit?\n', [
      'research',
      '-',
      '--source',
      EXAMPLES,
      '--json',
    ]);
    expect(code).toBe(0);
    expect(Result.parse(JSON.parse(stdout)).text).toContain('[1]');
  });

  it('says in one short report that nothing was found, with exit code 0', async () => {
    const { code, stdout } = await pipeIn(home, '', ['research', 'zyxomma quokka herding', '--source', EXAMPLES]);
    expect(code).toBe(0);
    expect(stdout.toLowerCase()).toContain('nothing');
    expect(stdout.length).toBeLessThan(3000);
  });

  it('estimates without creating anything', async () => {
    const { code, stdout, stderr } = await research('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was started');
    expect(stderr).toBe('');
  });

  it('does not crash when nobody reads its output any more', async () => {
    const command = `"${process.execPath}" "${BINARY}" research "${QUESTION}" --source "${EXAMPLES}"; echo "exit $?" >&2`;
    const child = spawn('sh', ['-c', `{ ${command}; } | true`], { env: home.env, stdio: ['ignore', 'ignore', 'pipe'] });
    const stderr = await text(child.stderr);
    expect(stderr).toContain('✔ Done');
    expect(stderr).toContain('exit 0\n');
    expect(stderr).not.toContain('EPIPE');
  });
});

describe('wrong usage of the real binary', () => {
  it.each([
    [['research', 'x'], 2, 'NO_SOURCES'],
    [['research', 'x', '--source', 'does/not/exist'], 2, 'SOURCE_NOT_FOUND'],
    [['research', 'x', '--source', EXAMPLES, '--model', 'openai/none'], 2, 'PROVIDER_NOT_CONFIGURED'],
    [['research', 'x', '--source', EXAMPLES, '--model', 'none'], 2, 'MODEL_UNKNOWN'],
    [['research', 'x', '--agents', '0', '--source', EXAMPLES], 2, 'INVALID_INPUT'],
    [['research', 'x', '--max-agents-total', 'many'], 2, 'CONFIG_INVALID'],
    [['status', 'wf_nothing'], 2, 'NOT_FOUND'],
    [['resume', 'wf_00000000000000000000000000'], 2, 'NOT_FOUND'],
    [['reserch', 'x'], 2, 'INVALID_INPUT'],
    [['research', 'x', '--source', EXAMPLES, '--db', '/dev/null/x.db'], 1, 'STORE_'],
  ])('%j exits with %i and %s, saying what to do', async (args, exit, code) => {
    const { code: status, stdout, stderr } = await pipeIn(home, '', args);
    expect(status).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^error ${code}`, 'm'));
    expect(stderr).toMatch(/^hint: .{10,}/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('a task that is too long', () => {
  it('is refused by name, with both lengths', async () => {
    const { code, stdout, stderr } = await pipeIn(home, 'x'.repeat(20_001), ['research', '-', '--source', EXAMPLES]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('the task has 20,001 characters; at most 20,000 are possible');
  });
});

describe('Ctrl-C on the real binary', () => {
  let corpus = '';
  beforeEach(async () => {
    // Enough to read that the run is still under way when the signal comes.
    corpus = await mkdtemp(path.join(tmpdir(), 'corpus-'));
    const example = await readFile(path.join(EXAMPLES, 'group-commit.md'), 'utf8');
    const names = Array.from({ length: 400 }, (_, index) => index);
    await Promise.all(
      names.map((n) =>
        writeFile(
          path.join(corpus, `note-${n}.md`),
          `# Note ${n}\n\n${example.replaceAll('commit', `commit${n}`).repeat(5)}`,
        ),
      ),
    );
  });
  afterEach(() => rm(corpus, { recursive: true, force: true }));

  it('once stops, prints what there is and exits with 3', async () => {
    let sent = false;
    const { code, stderr } = watch(['research', QUESTION, '--source', corpus], (err, child) => {
      if (sent || !err.includes('task_id: ')) return;
      sent = true;
      child.kill('SIGINT');
    });
    expect(await code).toBe(3);
    expect(stderr()).toContain('Stopping: writing up what there is; ');
    expect(stderr()).toContain('Press Ctrl-C again to leave now');
    expect(stderr()).toContain('Stopped');
    const id = TASK_ID.exec(stderr().split('\n')[0] ?? '')?.[1] ?? '';
    expect(stderr()).toContain(`To go on with it: beltalowda resume ${id}\n`);
    const goesOn = await pipeIn(home, '', ['resume', id, '--json']);
    expect(goesOn.code).toBe(0);
    expect(goesOn.stderr).toContain(`It goes on from ${id}; `);
    expect(Result.parse(JSON.parse(goesOn.stdout)).task_id).not.toBe(id);
  });

  it('SIGTERM leaves at once, and resume finishes the very workflow', async () => {
    let sent = false;
    const { code, stderr } = watch(['research', QUESTION, '--source', corpus], (err, child) => {
      if (sent || !err.includes('task_id: ')) return;
      sent = true;
      child.kill('SIGTERM');
    });
    expect(await code).toBe(143);
    const id = TASK_ID.exec(stderr().split('\n')[0] ?? '')?.[1] ?? '';
    expect(stderr()).toContain(`carry on with: beltalowda resume ${id}`);
    const resumed = await pipeIn(home, '', ['resume', id, '--json']);
    expect(resumed.code).toBe(0);
    expect(Result.parse(JSON.parse(resumed.stdout))).toMatchObject({ task_id: id, status: 'completed' });
  });

  it('twice leaves with 130 and says how to go on', async () => {
    let sent = 0;
    const { code, stderr } = watch(['research', QUESTION, '--source', corpus], (err, child) => {
      if ((sent === 0 && err.includes('task_id: ')) || (sent === 1 && err.includes('Stopping'))) {
        sent += 1;
        child.kill('SIGINT');
      }
    });
    const exit = await code;
    const goesOn = stderr().includes('carry on with: beltalowda resume wf_');
    // The write-up takes milliseconds: it may be finished before the second press is heard.
    expect([3, 130]).toContain(exit);
    expect(goesOn).toBe(exit === 130);
  });
});
