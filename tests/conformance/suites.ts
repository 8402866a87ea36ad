/** The conformance suites as their command line runs them, and what they find, read from the files they leave. */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const RELEASED = fileURLToPath(import.meta.resolve('mcp-conformance/dist/index.js'));
const NEXT = fileURLToPath(import.meta.resolve('mcp-conformance-next/dist/index.js'));

interface Suite {
  readonly program: string;
  readonly args: readonly string[];
}

/** By the names the baseline has for them. */
export const SUITES: Readonly<Record<string, Suite>> = {
  '0.1.16 --suite all': { program: RELEASED, args: ['--suite', 'all'] },
  '0.2.0-alpha.12 --requirements 2025-11-25': { program: NEXT, args: ['--requirements', '2025-11-25'] },
  '0.2.0-alpha.12 --requirements 2026-07-28': { program: NEXT, args: ['--requirements', '2026-07-28'] },
};

const STATUSES = ['FAILURE', 'WARNING', 'SKIPPED', 'SUCCESS', 'INFO'] as const;
type CheckStatus = (typeof STATUSES)[number];

/** One check of one scenario. A suite repeats a check's id where it checks several cases. */
export interface Check {
  readonly scenario: string;
  readonly id: string;
  readonly status: CheckStatus;
  readonly errorMessage?: string;
}

/** Runs a suite against a server. Rejects when it left nothing. */
export async function checksOf(suite: string, url: string): Promise<readonly Check[]> {
  const { program, args } = SUITES[suite] ?? unknown(suite);
  const folder = await mkdtemp(path.join(tmpdir(), 'beltalowda-conformance-'));
  try {
    const all = [program, 'server', '--url', url, ...args, '--output-dir', folder];
    const child = spawn(process.execPath, all, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: 'pipe',
    });
    child.stdin.end();
    // Its exit code says only whether all passed.
    const [, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const scenarios = await readdir(folder);
    if (scenarios.length === 0) throw new Error(`the suite found nothing: ${said}`);
    return (await Promise.all(scenarios.map((name) => scenarioIn(folder, name)))).flat();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function scenarioIn(folder: string, name: string): Promise<readonly Check[]> {
  const [, scenario] = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(name) ?? [];
  if (scenario === undefined) throw new Error(`the suite left ${name}`);
  const checks = JSON.parse(await readFile(path.join(folder, name, 'checks.json'), 'utf8')) as Omit<
    Check,
    'scenario'
  >[];
  return checks.map((check) => ({ ...check, scenario }));
}

function unknown(suite: string): never {
  throw new RangeError(`there is no suite ${suite}`);
}

/** What is expected of one suite at one server. */
export interface Expected {
  /** Scenarios that are looked at; all unless told. */
  readonly scenarios?: readonly string[];
  /** How many checks pass, each case counted. */
  readonly passed: number;
  readonly exceptions: readonly Exception[];
}

/** A check that does not pass, and the reason's name. */
interface Exception {
  readonly check: string;
  readonly is: Exclude<CheckStatus, 'SUCCESS' | 'INFO'>;
  readonly why: string;
}

interface Verdict {
  readonly passed: number;
  /** Checks that do not pass and are not in the baseline, with what the suite says of them. */
  readonly unexpected: readonly string[];
  /** Entries of the baseline that hold no more. */
  readonly stale: readonly string[];
}

/** Compares what was found with the baseline, in which every check that did not pass has an entry of its own. */
export function verdict(checks: readonly Check[], { scenarios, exceptions }: Expected): Verdict {
  const seen = checks.filter(({ scenario }) => scenarios?.includes(scenario) ?? true);
  const worst = new Map<string, Check>();
  for (const check of seen) {
    const key = `${check.scenario}:${check.id}`;
    const before = worst.get(key);
    if (before === undefined || STATUSES.indexOf(check.status) < STATUSES.indexOf(before.status)) worst.set(key, check);
  }
  const found = [...worst].filter(([, { status }]) => status !== 'SUCCESS' && status !== 'INFO');
  const entries = new Set(exceptions.map(({ check, is }) => `${check} ${is}`));
  const keys = new Set(found.map(([key, { status }]) => `${key} ${status}`));
  return {
    passed: seen.filter(({ status }) => status === 'SUCCESS').length,
    unexpected: found
      .filter(([key, { status }]) => !entries.has(`${key} ${status}`))
      .map(([key, { status, errorMessage }]) => `${key} ${status}: ${errorMessage ?? ''}`),
    stale: [...entries].filter((entry) => !keys.has(entry)),
  };
}
