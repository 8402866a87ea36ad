import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeReport } from '../../../../src/server/cli/report-file.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { RESEARCH, run } from './run-command.ts';
import { ID, resultView, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

const OURS = '# Ours: a "title"\n\n> extractive: no language model was used\n\n## Summary\n';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  file = path.join(folder, 'report.md');
});

const COMMANDS: readonly { readonly words: readonly string[] }[] = [
  { words: RESEARCH },
  { words: ['resume', ID, '--agents', '5'] },
  { words: ['result', ID] },
  { words: ['export', ID] },
];

describe.each(COMMANDS)('$words --out', ({ words }) => {
  it.each([
    ['a text', 'my own notes\n'],
    ['a Markdown file', '# My notes\n\nOf last year: all.\n'],
    ['one with a quotation in the third line', '# My notes\n\n> To be, or not to be\n'],
    ['an empty file', ''],
    ['bytes', '\u0000\u0001'],
  ])('leaves %s that is no report of ours alone, and says so before any work', async (_what, content) => {
    writeFileSync(file, content);
    const orchestrator = scriptedOrchestrator();
    const { exit, out, err } = await run([...words, '--out', folder], { orchestrator });
    expect([exit, out]).toEqual([2, '']);
    expect(err).toBe(
      `error INVALID_INPUT: --out would replace ${file}, which is not a report of beltalowda\nhint: Name another folder with --out, or move that file away.\n`,
    );
    expect(orchestrator.calls).toEqual(['close']);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('refuses a file in the place of the folder before any work', async () => {
    writeFileSync(file, OURS);
    const orchestrator = scriptedOrchestrator();
    const { exit, out, err } = await run([...words, '--out', file], { orchestrator });
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(`error INVALID_INPUT: --out ${file} is a file; the report is written to a folder\nhint: `);
    expect(orchestrator.calls).toEqual(['close']);
  });

  it.each([OURS, OURS.replaceAll('\n', '\r\n'), OURS.replace('extractive', 'provider/model:7b')])(
    'puts the new report in the place of an older one',
    async (older) => {
      writeFileSync(file, older);
      const { err } = await run([...words, '--out', folder]);
      expect(err).toContain(`Report written to ${file}\n`);
      expect(readFileSync(file, 'utf8')).toContain('# WAL');
    },
  );
});

describe('a report.md', () => {
  it('that is a folder or a device is left alone, and nobody waits for it', async () => {
    mkdirSync(file);
    expect((await run(['export', ID, '--out', folder])).err).toContain('is not a report of beltalowda');
    const other = await temporaryFolder();
    symlinkSync('/dev/zero', path.join(other, 'report.md'));
    expect((await run(['export', ID, '--out', other])).err).toContain('is not a report of beltalowda');
  });

  it('that came while the research was under way is not replaced either, and no draft is left', async () => {
    writeFileSync(file, 'mine');
    await expect(writeReport(folder, OURS)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect([readdirSync(folder), readFileSync(file, 'utf8')]).toEqual([['report.md'], 'mine']);
  });

  it('is not written where the folder has become a file, which is told in our words', async () => {
    writeFileSync(file, '');
    await expect(writeReport(file, OURS)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`--out ${file} cannot be written`) as string,
    });
  });

  it('is not looked for before a workflow has ended', async () => {
    const result = resultView({ status: 'running', completeness: null, text: '' });
    const orchestrator = scriptedOrchestrator({ views: [statusView()], result });
    const missing = path.join(folder, 'new');
    expect((await run(['result', ID, '--out', missing], { orchestrator })).exit).toBe(3);
    expect(existsSync(missing)).toBe(false);
  });
});
