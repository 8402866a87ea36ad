/** Kill -9 on the shipped binary while it thinks: what all its processes tell a collector is one trace that hangs together. */

import { LLMock } from '@copilotkit/aimock';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { FEW, ROOT } from '../support/binary.ts';
import { end, type Ended, type Place, Places, startBinary, TASK } from '../support/crash-process.ts';
import { inDatabase } from '../support/invariants.ts';
import { type Collector, collector } from '../support/otlp-collector.ts';
import { Random } from '../support/random.ts';
import { pageRead, readingAnalyst } from '../support/reading-analyst.ts';
import { type Relay, relayTo } from '../support/relay.ts';
import { SEED } from '../support/sizes.ts';
import { path, unsoundTrace } from '../support/trace.ts';
import { idBits } from '../../src/core/ids.ts';

const KILLED = 2;
const SECRET = 'sesame-of-the-collector';

interface Run {
  readonly place: Place;
  readonly relay: Relay;
  readonly collected: Collector;
}

const places = new Places();
afterAll(() => places.remove());

/** A vendor, a site and a collector, all of them here, and a place to work in. */
async function begin(): Promise<Run> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 200 });
  await mock.start();
  const relay = await relayTo({ vendor: mock.url, page: pageRead });
  const site = `http://${relay.host}`;
  mock.addFixtures([{ match: {}, response: (request) => readingAnalyst(request, site) }]);
  onTestFinished(async () => {
    await relay.close();
    await mock.stop();
  });
  const collected = await collector();
  const own = {
    ANTHROPIC_API_KEY: 'key-of-tests',
    ANTHROPIC_BASE_URL: site,
    BELTALOWDA_NETWORK: 'on',
    BELTALOWDA_FETCH_ALLOW: relay.host,
    SEARXNG_URL: site,
    OTEL_EXPORTER_OTLP_ENDPOINT: collected.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${SECRET}`,
  };
  return { place: { ...places.make(FEW), env: own }, relay, collected };
}

const RESEARCH = ['research', TASK, '--model', 'anthropic/claude-opus-5-5', '--json'] as const;

/** Runs until so many more requests came to the vendor and then is killed, or has ended before. */
async function killedAfter({ place, relay }: Run, args: readonly string[], requests: number): Promise<Ended> {
  const moment = relay.moment(relay.calls.length + requests, 'received');
  const child = startBinary(ROOT, place, args);
  const ended = end(child);
  await Promise.race([moment, ended]);
  child.kill('SIGKILL');
  return ended;
}

function rowsIn({ place: { file } }: Run, query: string): readonly string[] {
  return inDatabase(file, (db) => db.prepare<[], string>(query).pluck().all());
}

function taskIn(run: Run): string {
  return rowsIn(run, 'SELECT task_id FROM workflows')[0] ?? '';
}

/** Carries on until it is done. */
async function finish(run: Run): Promise<void> {
  const { code, stderr } = await end(startBinary(ROOT, run.place, ['resume', taskIn(run), '--json']));
  expect(stderr).not.toContain('spans');
  expect(code).toBe(0);
}

function words(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : [];
}

describe(`a run that is killed and carried on (seed ${SEED})`, () => {
  it('is one trace, with a span for each step and each call of its journal', async () => {
    const run = await begin();
    const random = new Random(SEED);
    let args: readonly string[] = RESEARCH;
    for (let kills = 0; kills < KILLED; kills += 1) {
      const { signal } = await killedAfter(run, args, 1 + random.below(5));
      if (signal !== 'SIGKILL') break;
      args = ['resume', taskIn(run), '--json'];
    }
    await finish(run);
    const { spans, exports, requests } = run.collected;
    expect([...unsoundTrace(spans, { trace_id: idBits(taskIn(run)) })]).toEqual([]);
    const told = (name: string): ReadonlySet<string> =>
      new Set(spans.flatMap(({ attributes }) => words(attributes[name])));
    expect(told('beltalowda.call.id')).toEqual(new Set(rowsIn(run, 'SELECT call_id FROM calls')));
    expect(told('beltalowda.step.id')).toEqual(new Set(rowsIn(run, 'SELECT step_id FROM steps')));
    const paths = new Set(spans.map((span) => path(spans, span)));
    expect([...paths]).toEqual(
      expect.arrayContaining([
        'invoke_workflow beltalowda',
        'invoke_workflow beltalowda > resume workflow',
        'invoke_workflow beltalowda > step agent > invoke_agent belter > chat claude-opus-5-5',
        'invoke_workflow beltalowda > step agent > invoke_agent belter > execute_tool search_documents',
        'invoke_workflow beltalowda > step synthesis > invoke_agent camina > chat claude-opus-5-5',
      ]),
    );
    // What was under way at a kill is told by who carried on.
    expect(spans.filter(({ attributes }) => attributes['error.type'] === 'CALL_INTERRUPTED')).not.toEqual([]);
    expect(exports[0]?.resource).toMatchObject({ 'service.name': 'beltalowda' });
    expect(requests.every(({ path: at, headers }) => at === '/v1/traces' && headers['x-key'] === SECRET)).toBe(true);
    // Nobody said that texts may be recorded.
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('crash');
  }, 120_000);
});
