import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { RESEARCH, run } from './run-command.ts';
import { scriptedMaintenance, STATE } from './scripted-maintenance.ts';
import { ID } from './scripted-orchestrator.ts';

let home = '';
let database = '';
beforeEach(async () => {
  home = await temporaryFolder();
  database = path.join(home, 'beltalowda.db');
});

const nothing = () => scriptedMaintenance({ state: { ...STATE, exists: false, schema: null, workflows: 0 } });
const ask = (argv: readonly string[], maintenance = nothing()) =>
  run(argv, { maintenance, env: { BELTALOWDA_HOME: home } });

describe('where there is no database', () => {
  it.each([
    ['list', '', 'There is none yet. Start one: beltalowda research'],
    ['list --ids', '', ''],
    ['list --query x', '', 'No workflow matches.\n'],
    ['analytics', '  workflows   0 workflows\n', ''],
  ])('%s answers as for an empty one, and opens none', async (words, out, err) => {
    const ended = await ask(words.split(' '));
    expect([ended.exit, ended.configs]).toEqual([0, []]);
    expect(ended.out.startsWith(out)).toBe(true);
    expect(ended.err.startsWith(err)).toBe(true);
  });

  it('analytics --json tells of the time that was asked about', async () => {
    const { out } = await ask(['analytics', '--json', '--since', '2026-01-01']);
    expect(JSON.parse(out)).toMatchObject({ since: '2026-01-01', until: null, totals: { total_workflows: 0 } });
  });

  it.each([
    'status',
    'status --follow',
    'result',
    'events',
    'events --follow',
    'export',
    'audit verify',
    'replay',
    'cancel',
    'delete --yes',
    'resume',
  ])('%s says which one is not there, and opens none', async (words) => {
    const { exit, out, err, configs } = await ask([...words.split(' '), ID]);
    expect([exit, out, configs]).toEqual([2, '', []]);
    expect(err).toContain(`error NOT_FOUND: there is no workflow "${ID}": there is no database ${database}\nhint: `);
    expect(err).toContain('--home');
  });

  it('research makes one', async () => {
    const { exit, configs } = await ask(RESEARCH);
    expect([exit, configs.map((config) => config.database)]).toEqual([0, [database]]);
  });
});

it('a database that is there is opened at once, without a look of its own', async () => {
  writeFileSync(database, '');
  const maintenance = nothing();
  const { exit, configs } = await ask(['list', '--ids'], maintenance);
  expect([exit, configs.length, maintenance.calls]).toEqual([0, 1, []]);
});

it('one that cannot be looked at is told as that, not as missing', async () => {
  const maintenance = scriptedMaintenance({ fault: new Fault('STORE_READ_ONLY', 'no way in') });
  const { exit, err } = await ask(['status', ID], maintenance);
  expect([exit, err.split('\n')[0]]).toEqual([1, 'error STORE_READ_ONLY: no way in']);
});
