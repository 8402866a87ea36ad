/**
 * A whole node that thinks: real store, engine, research, library and vendors' formats, with the emulator as the vendor and a
 * clock that runs a hundred times faster, so that what waits for a vendor waits hundredths.
 */

import { type ChaosConfig, type Fixture, LLMock } from '@copilotkit/aimock';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { ResumeRequest, StartRequest, StartView, StatusView } from '../../src/core/views.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { openNode } from '../../src/node.ts';
import type { LocalOrchestrator } from '../../src/orchestrator.ts';
import type { ModelSettings } from '../../src/orchestrator/model-choice.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import { catalogue } from '../../src/providers/models/models.ts';
import { languageModels } from '../../src/providers/models/vendors/vendors.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import type { Library } from '../../src/providers/providers.ts';
import { thinkingModel } from '../../src/research/research.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { analyst } from './analyst.ts';
import { ROOT } from './binary.ts';
import { temporaryFolder } from './folder.ts';
import { newDatabase } from './new-database.ts';
import { ME } from './orchestra.ts';
import { settings } from './settings.ts';

const FASTER = 100;
const BEGIN = Date.UTC(2026, 0, 1);
const DOCUMENTS: string = path.join(ROOT, 'examples', 'documents', 'durability');

function hurriedClock(): Clock {
  const began = performance.now();
  return {
    now: () => BEGIN + Math.round((performance.now() - began) * FASTER),
    after: (ms, fire) => {
      const timer = setTimeout(fire, Math.max(0, ms) / FASTER);
      return () => clearTimeout(timer);
    },
  };
}

export interface ThinkingNode {
  readonly mock: LLMock;
  readonly store: Store;
  readonly orchestrator: LocalOrchestrator;
  /** Starts research on the examples and resolves with its status at the end. */
  run(request?: Partial<StartRequest>): Promise<StatusView>;
  /** Goes on from an ended workflow and resolves with the status of the new one at its end. */
  resume(task_id: string, request: ResumeRequest): Promise<StatusView>;
}

export interface ThinkingNodeOptions {
  readonly model?: string;
  /** Models of single roles, and the fallbacks. */
  readonly models?: Partial<Omit<ModelSettings, 'model' | 'models'>>;
  readonly chaos?: ChaosConfig;
  /** One that several nodes share, and that who opened it closes: to start one takes longer than a run. */
  readonly library?: Library;
  /** What the vendor answers; the analyst's work unless told. */
  readonly answers?: Fixture['response'];
  /** One that runs a hundred times faster unless told. */
  readonly clock?: Clock;
}

async function ended(orchestrator: LocalOrchestrator, { task_id = '' }: StartView): Promise<StatusView> {
  for (;;) {
    const status = await orchestrator.status(task_id, ME, { wait_ms: 50_000 });
    if (status.progress === 1) return status;
  }
}

export async function thinkingNode(options: ThinkingNodeOptions = {}): Promise<ThinkingNode> {
  const { model = 'anthropic/claude-opus-5-5', answers = analyst } = options;
  const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true, chunkSize: 200 });
  mock.addFixtures([{ match: {}, response: answers }]);
  await mock.start();
  if (options.chaos !== undefined) mock.setChaos(options.chaos);
  const folder = await temporaryFolder();
  const clock = options.clock ?? hurriedClock();
  const store = await openSqliteStore({ file: await newDatabase(`${folder}/test.db`), clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: () => {} });
  const library = options.library ?? openLibrary({ cacheDirectory: `${folder}/cache`, log: () => {} });
  const credentials = {
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: mock.url,
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${mock.url}/v1`,
    XAI_API_KEY: 'k',
    XAI_BASE_URL: `${mock.url}/v1`,
  };
  const vendors = languageModels({ credentials, clock });
  const offline = extractiveModel();
  const toolbox = { open: () => Promise.resolve({ tools: [], unavailable: [] }) };
  const parts = { models: (name: string) => vendors.model(name), toolbox, clock, byCode: offline };
  const orchestrator = openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    library,
    model: (name) => (name === offline.name ? offline : thinkingModel(name, parts)),
    lastResort: offline,
    clock,
    random: Math.random,
    admission: { max_active: 50, max_queued: 50 },
    log: () => {},
    settings: { ...settings({ sources: [DOCUMENTS], model, ...options.models }), models: catalogue(vendors) },
    closeRest: async () => {
      await Promise.all([options.library === undefined ? library.close() : null, vendors.close()]);
    },
  });
  orchestrator.recover();
  onTestFinished(async () => {
    await orchestrator.close();
    await mock.stop();
  });
  const run = async (request: Partial<StartRequest> = {}): Promise<StatusView> => {
    const task = 'How do embedded databases keep committed data safe after a crash or power loss?';
    return ended(orchestrator, await orchestrator.start({ task, ...request }, ME));
  };
  const resume = async (task_id: string, request: ResumeRequest): Promise<StatusView> =>
    ended(orchestrator, await orchestrator.resume(task_id, ME, request));
  return { mock, store, orchestrator, run, resume };
}
