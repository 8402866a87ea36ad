import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { temporaryFolder } from '../support/folder.ts';

const run = promisify(execFile);
const BENCH = 'bench/bench.ts';

interface Spread {
  readonly median: number | null;
  readonly least: number | null;
  readonly most: number | null;
}

interface Results {
  readonly quick: boolean;
  readonly parts: readonly {
    readonly part: string;
    readonly figures: readonly {
      readonly what: string;
      readonly ours: Spread;
      readonly baseline: Spread | null;
      readonly ratio: Spread | null;
    }[];
  }[];
}

/** Three documents and a question, in the shape of a judged collection. */
async function collection(folder: string): Promise<void> {
  const bodies = ['the log is written first', 'pages follow the log later', 'readers never wait for writers'];
  const files = {
    'docs.json': bodies.map((body, n) => ({ id: n + 1, title: '', body })),
    'queries.json': [{ 'query number': 1, query: 'what is written to the log first' }],
    'qrels.json': [{ query_num: 1, id: 1, position: 1 }],
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(folder, name), JSON.stringify(content));
}

test(
  'every part of the benchmark runs, gives figures that are numbers, and is described',
  { timeout: 120_000 },
  async () => {
    const folder = await temporaryFolder();
    await collection(folder);
    const json = path.join(folder, 'results.json');
    const asked = [BENCH, '--quick', '--json', json, '--dir', folder, '--collection', folder];
    const { stdout } = await run(process.execPath, asked, { cwd: ROOT });
    const results = JSON.parse(await readFile(json, 'utf8')) as Results;
    const page = await readFile(path.join(ROOT, 'docs/performance.md'), 'utf8');
    const [, parts = ''] = page.split(/^## The parts$/m);
    const [described = ''] = parts.split(/^## /m);
    expect(results.parts.map(({ part }) => part)).toEqual(
      Array.from(described.matchAll(/^\| `([a-z-]+)` +\|/gm), (match) => match[1]),
    );
    for (const { part, figures } of results.parts) {
      expect([part, figures.length]).not.toEqual([part, 0]);
      for (const { what, ours, baseline, ratio } of figures) {
        const values = [ours, baseline, ratio].flatMap((spread) => (spread === null ? [] : Object.values(spread)));
        // JSON has no other way to write what is no number.
        expect([what, values.includes(null)]).toEqual([what, false]);
        expect(stdout).toContain(`| ${what} |`);
      }
    }
  },
);

test('what the benchmark does not know it refuses, and says what there is', async () => {
  const refused = run(process.execPath, [BENCH, 'everything'], { cwd: ROOT });
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/everything[\s\S]*get-status/),
  });
});
