/**
 * The conformance suites of the protocol's own project, at the service and, for what they ask of tools, resources and prompts of
 * their own, at a fixture server behind the service's door. What does not pass is in baseline.yaml, which may only shrink.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ROOT, temporaryHome } from '../support/binary.ts';
import { ask, post, servedHttp } from '../support/http-service.ts';
import { startService } from '../support/service-process.ts';
import { fixtureServer } from './fixture-server.ts';
import { Jobs } from './jobs.ts';
import { type Check, checksOf, type Expected, SUITES, verdict } from './suites.ts';

interface Baseline {
  readonly reasons: Readonly<Record<string, string>>;
  readonly service: Readonly<Record<string, Expected>>;
  readonly fixtures: Readonly<Record<string, Expected>>;
}

const BASELINE = parse(readFileSync(path.join(import.meta.dirname, 'baseline.yaml'), 'utf8')) as Baseline;

/** All suites side by side: they wait more than they work. */
async function verdicts(url: string, expected: Readonly<Record<string, Expected>>) {
  const all = Object.entries(expected).map(async ([suite, one]) => {
    return [suite, verdict(await checksOf(suite, `${url}/mcp`), one)] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

/** What there is to find when nothing is unexpected and nothing stale. */
function asExpected(expected: Readonly<Record<string, Expected>>) {
  const all = Object.entries(expected).map(([suite, { passed }]) => [suite, { passed, unexpected: [], stale: [] }]);
  return Object.fromEntries(all);
}

function check(id: string, status: Check['status']): Check {
  return { scenario: 'ping', id, status, errorMessage: 'no' };
}

function entry(id: string) {
  return { check: `ping:${id}`, is: 'FAILURE', why: 'x' } as const;
}

describe('the conformance suites', { timeout: 120_000 }, () => {
  it('pass at the service wherever they ask for nothing of their own', async () => {
    const home = await temporaryHome();
    onTestFinished(() => home.remove());
    const { child, url } = await startService(home);
    onTestFinished(() => void child.kill('SIGKILL'));
    // So that there are resources to list and to read.
    const task = 'How do embedded databases keep committed data safe after a crash?';
    await ask(`${url}/tools/orchestrate_research`, post({ task, wait_seconds: 50 }));
    expect(await verdicts(url, BASELINE.service)).toEqual(asExpected(BASELINE.service));
  });

  it('pass behind the door of the service at a server that has what they ask for', async () => {
    const jobs = new Jobs();
    const { url, log } = await servedHttp(jobs, { server: (parts, era) => fixtureServer(parts, era, jobs) });
    expect(await verdicts(url, BASELINE.fixtures)).toEqual(asExpected(BASELINE.fixtures));
    expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

describe('the baseline', () => {
  it('has each suite at each server', () => {
    expect(Object.keys(BASELINE.service)).toEqual(Object.keys(SUITES));
    expect(Object.keys(BASELINE.fixtures)).toEqual(Object.keys(SUITES));
  });

  it('has a reason for each exception, and no other', () => {
    const all = [...Object.values(BASELINE.service), ...Object.values(BASELINE.fixtures)];
    const used = new Set(all.flatMap(({ exceptions }) => exceptions.map(({ why }) => why)));
    expect([...used].toSorted()).toEqual(Object.keys(BASELINE.reasons).toSorted());
  });

  it('has the figures that the page shows', () => {
    const page = readFileSync(path.join(ROOT, 'docs', 'conformance.md'), 'utf8').replaceAll(/ +/g, ' ');
    for (const server of ['service', 'fixtures'] as const) {
      for (const [suite, { scenarios, passed, exceptions }] of Object.entries(BASELINE[server])) {
        const [failed, warned, skipped] = (['FAILURE', 'WARNING', 'SKIPPED'] as const).map(
          (status) => exceptions.filter(({ is }) => is === status).length,
        );
        const looked = scenarios === undefined ? '\\d+' : scenarios.length;
        const row = `\\| ${server} \\| ${suite} \\| ${looked} \\| ${passed} \\| ${failed} \\| ${warned} \\| ${skipped} \\|`;
        expect(page).toMatch(new RegExp(row));
      }
    }
  });

  it('excuses no failure that is not in it', () => {
    const checks = [check('a', 'FAILURE'), check('b', 'FAILURE'), check('c', 'SUCCESS'), check('c', 'WARNING')];
    const found = verdict(checks, { passed: 1, exceptions: [entry('a')] });
    expect(found).toEqual({ passed: 1, unexpected: ['ping:b FAILURE: no', 'ping:c WARNING: no'], stale: [] });
  });

  it('may not keep what passes now, has another outcome, or is checked no more', () => {
    const checks = [check('a', 'SUCCESS'), check('b', 'SKIPPED')];
    const found = verdict(checks, { passed: 1, exceptions: [entry('a'), entry('b'), entry('c')] });
    expect(found.stale).toEqual(['ping:a FAILURE', 'ping:b FAILURE', 'ping:c FAILURE']);
    expect(found.unexpected).toEqual(['ping:b SKIPPED: no']);
  });

  it('looks only at the scenarios it names', () => {
    const checks = [check('a', 'FAILURE'), { ...check('a', 'SUCCESS'), scenario: 'tools-list' }];
    const found = verdict(checks, { scenarios: ['tools-list'], passed: 1, exceptions: [] });
    expect(found).toEqual({ passed: 1, unexpected: [], stale: [] });
  });
});
