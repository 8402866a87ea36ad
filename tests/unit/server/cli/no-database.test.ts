import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { RESEARCH, run } from './run-command.ts';
import { scriptedMaintenance, STATE } from './scripted-maintenance.ts';
import { ID, scriptedOrchestrator } from './scripted-orchestrator.ts';

let home = '';
let database = '';
beforeEach(async () => {
  home = await temporaryFolder();
  database = path.join(home, 'beltalowda.db');
});

const nothing = () => scriptedMaintenance({ state: { ...STATE, exists: false, schema: null, workflows: 0 } });
const ask = (argv: readonly string[], maintenance = nothing(), orchestrator = scriptedOrchestrator()) =>
  run(argv, { maintenance, orchestrator, env: { BELTALOWDA_HOME: home } });

describe('where there is no database', () => {
  it.each(['list', 'list --ids', 'analytics', `status ${ID}`, `result ${ID}`, `events ${ID}`, `resume ${ID}`])(
    '%s opens an empty store in memory, and nothing on the disk',
    async (words) => {
      const { configs } = await ask(words.split(' '));
      expect(configs.map((config) => config.database)).toEqual([':memory:']);
    },
  );

  it('what is not found is not found because of that', async () => {
    const orchestrator = scriptedOrchestrator({ fault: new Fault('NOT_FOUND', 'no workflow has that task_id') });
    const { exit, out, err } = await ask(['audit', 'verify', ID], nothing(), orchestrator);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(`error NOT_FOUND: no workflow has that task_id: there is no database ${database}\nhint: `);
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
