/**
 * The benchmark: `npm run bench -- [PART…] [--rounds N] [--quick] [--json FILE] [--dir FOLDER] [--collection FOLDER]`. Each part
 * measures ours and its baseline in turns, within one run; what counts is the ratio, because machines differ and are busy. Prints a
 * Markdown table on standard output and what it is doing on standard error.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Figure, table } from './figures.ts';
import type { Part } from './part.ts';
import { analytics } from './parts/analytics.ts';
import { coldStarts } from './parts/cold-start.ts';
import { getStatus } from './parts/get-status.ts';
import { http } from './parts/http.ts';
import { indexing } from './parts/indexing.ts';
import { memory } from './parts/memory.ts';
import { queries } from './parts/queries.ts';
import { retrieval } from './parts/retrieval.ts';
import { streams } from './parts/streams.ts';
import { throughput } from './parts/throughput.ts';

const PARTS: readonly Part[] = [
  coldStarts,
  getStatus,
  http,
  throughput,
  indexing,
  memory,
  queries,
  analytics,
  streams,
  retrieval,
];

const USAGE = `usage: node bench/bench.ts [PART...] [options]

${PARTS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

  --rounds N           how often ours and the baseline take turns (each part has its own number)
  --quick              sizes that show only that it runs
  --json FILE          also write the figures there
  --dir FOLDER         the disk to measure; the folder for temporary files unless told
  --collection FOLDER  a judged collection, for retrieval
`;

function chosen(names: readonly string[]): readonly Part[] {
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) throw new RangeError(`no such part: ${unknown.join(', ')}`);
  return names.length === 0 ? PARTS : PARTS.filter((part) => names.includes(part.name));
}

function whole(told: string): number {
  if (!/^[1-9]\d*$/.test(told)) throw new RangeError(`--rounds takes a whole number above 0, not “${told}”`);
  return Number(told);
}

interface Asked {
  readonly parts: readonly Part[];
  readonly rounds: number | null;
  readonly quick: boolean;
  readonly json: string | null;
  readonly parent: string;
  readonly collection: string | null;
}

function asked(argv: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
      collection: { type: 'string' },
    },
  });
  return {
    parts: chosen(positionals),
    rounds: values.rounds === undefined ? null : whole(values.rounds),
    quick: values.quick,
    json: values.json === undefined ? null : resolve(values.json),
    parent: resolve(values.dir),
    collection: values.collection === undefined ? null : resolve(values.collection),
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function runPart(part: Part, { rounds, quick, parent, collection }: Asked): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(parent, 'beltalowda-bench-'));
  say(`${part.name}: ${part.about}`);
  try {
    return await part.run({ rounds: rounds ?? (quick ? 1 : part.rounds), quick, folder, collection, say });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(request: Asked): Promise<void> {
  const results: { readonly part: string; readonly figures: readonly Figure[] }[] = [];
  for (const part of request.parts) results.push({ part: part.name, figures: await runPart(part, request) });
  console.log(table(results.flatMap(({ figures }) => figures)));
  if (request.json === null) return;
  mkdirSync(dirname(request.json), { recursive: true });
  writeFileSync(
    request.json,
    `${JSON.stringify({ quick: request.quick, node: process.version, parts: results }, null, 2)}\n`,
  );
}

/** Null where the request cannot be understood, after saying why. */
function understood(argv: readonly string[]): Asked | null {
  try {
    return asked(argv);
  } catch (thrown) {
    say(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
    return null;
  }
}

const request = understood(process.argv.slice(2));
if (request === null) process.exitCode = 2;
else await main(request);
