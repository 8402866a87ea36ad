/**
 * Kill -9 on the shipped binary between a wish to stop and the landing: whoever comes next brings home what the agents had
 * noted, from their recorded calls, and asks the vendor for the report alone.
 */

import { LLMock } from '@copilotkit/aimock';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { end, isPaused, type Place, Places, startBinary, TASK, until } from '../support/crash-process.ts';
import { AGENTS, halting, SLOW } from '../support/halting-analyst.ts';
import { inDatabase, unsoundAtRest } from '../support/invariants.ts';

const RESEARCH = ['research', TASK, '--model', 'anthropic/claude-opus-5-5', '--json'];

const places = new Places();
afterAll(() => {
  places.remove();
});

interface Outcome {
  readonly status: string;
  readonly completeness: string;
  readonly missing: readonly { readonly what: string; readonly why: string }[];
  readonly claims: readonly { readonly agent_id: string }[];
}

function asked({ file }: Place): readonly string[] {
  const sql = `SELECT call_id FROM calls WHERE kind = 'model' AND step_id LIKE 'agent:%' ORDER BY position`;
  return inDatabase(file, (db) => db.prepare<[], string>(sql).pluck().all());
}

function workflow({ file }: Place): { readonly task_id: string; readonly stop: string | null } {
  const found = inDatabase(file, (db) =>
    db.prepare<[], { task_id: string; stop: string | null }>('SELECT task_id, stop FROM workflows').get(),
  );
  if (found === undefined) throw new Error('nothing was submitted');
  return found;
}

test.each([
  ['a cancel that finalizes', ['--finalize'], true],
  ['a plain cancel', [], false],
])(
  '%s',
  async (_what, options, written) => {
    const { answers, everyoneHeld } = halting();
    const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 200 });
    mock.addFixtures([{ match: {}, response: answers }]);
    await mock.start();
    const place = { ...places.make(), env: { ANTHROPIC_API_KEY: 'key-of-tests', ANTHROPIC_BASE_URL: mock.url } };
    const owner = startBinary(ROOT, place, RESEARCH);
    const ended = end(owner);
    try {
      await everyoneHeld;
      // It stands still, so that it cannot land; the wish is recorded by another, and then it is killed.
      owner.kill('SIGSTOP');
      await until(() => isPaused(owner), 'the owner stands still');
      const { task_id } = workflow(place);
      const before = asked(place);
      const cancelling = end(startBinary(ROOT, place, ['cancel', task_id, ...options, '--json']));
      await until(() => workflow(place).stop !== null, 'the wish is recorded');
      owner.kill('SIGKILL');
      await Promise.all([ended, cancelling]);
      const followed = await end(startBinary(ROOT, place, ['status', task_id, '--follow', '--json']));
      const shown = await end(startBinary(ROOT, place, ['result', task_id, '--json', '--detail', 'evidence']));
      expect([followed.stderr, shown.stderr]).toEqual(['', '']);
      const outcome = JSON.parse(shown.stdout) as Outcome;
      expect(outcome).toMatchObject({ status: 'cancelled', completeness: 'partial' });
      const authors = [...new Set(outcome.claims.map(({ agent_id }) => agent_id))];
      expect(authors.sort()).toEqual(['belter-2', 'belter-3', 'belter-4', 'belter-5']);
      const why = 'cancelled; what was noted before is in the report';
      expect(outcome.missing).toContainEqual({ what: `4 of ${AGENTS} objectives`, why });
      expect(outcome.missing).toContainEqual({ what: SLOW, why: 'cancelled' });
      expect(asked(place)).toEqual(before);
      const roles = inDatabase(place.file, (db) =>
        db.prepare<[], string>(`SELECT DISTINCT kind FROM steps WHERE kind = 'synthesis'`).pluck().all(),
      );
      expect(roles).toEqual(written ? ['synthesis'] : []);
      expect(await unsoundAtRest(place.file)).toEqual([]);
    } finally {
      owner.kill('SIGKILL');
      await mock.stop();
    }
  },
  120_000,
);
