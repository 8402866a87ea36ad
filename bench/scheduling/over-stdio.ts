/** The same cancels as tool calls: a server on standard input and output, and a client that speaks MCP to it. */

import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createLog } from '../../src/log.ts';
import { serveOverStdio } from '../../src/server/stdio.ts';
import { type LoopDelay, watchLoop } from './figures.ts';
import { CALLER, openParts } from './parts.ts';
import { cancelUnderLoad, type Cancels, type Plan, Underway } from './runs.ts';

type Heard =
  | { readonly kind: 'begun' | 'ended'; readonly task: string }
  | { readonly kind: 'aborted'; readonly task: string; readonly at: number }
  | { readonly kind: 'loop'; readonly loop: LoopDelay };

function tell(heard: Heard): void {
  process.send?.(heard);
}

/** Serves until standard input ends; tells its parent of the model's calls. */
export async function serve({ variant, times }: Plan): Promise<void> {
  const parts = await openParts(variant, times, {
    begun: (task) => tell({ kind: 'begun', task }),
    ended: (task) => tell({ kind: 'ended', task }),
    aborted: (task, at) => tell({ kind: 'aborted', task, at }),
  });
  const log = createLog('warn');
  const orchestrator = async () => parts.orchestrator;
  const loop = watchLoop();
  const told = { version: 'bench', orchestrator, caller: CALLER, tasks: false, log };
  const service = await serveOverStdio(told, { stdin: process.stdin, stdout: process.stdout }, log);
  await service.ended;
  tell({ kind: 'loop', loop: loop.stop() });
  await service.close();
  await parts.close();
}

/** Requests a line each, answers by id. */
class Client {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #id = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('the server has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as { id?: number; result?: Record<string, unknown>; error?: unknown };
      const waiting = this.#open.get(answer.id ?? -1);
      if (answer.result === undefined) waiting?.reject(new Error(line));
      else waiting?.resolve(answer.result);
    });
  }

  request(method: string, params: object): Promise<Record<string, unknown>> {
    this.#id += 1;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#open.set(this.#id, answer);
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params })}\n`);
    return answer.promise;
  }

  async call(name: string, input: object): Promise<Record<string, unknown>> {
    const result = await this.request('tools/call', { name, arguments: input });
    if (result['isError'] === true) throw new Error(JSON.stringify(result));
    return result['structuredContent'] as Record<string, unknown>;
  }

  async hello(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    await this.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  }
}

export async function cancelsOverStdio(script: string, plan: Plan): Promise<Cancels> {
  const underway = new Underway();
  const child = spawn(process.execPath, [script, '--part', 'serve', JSON.stringify(plan)], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  const loop = new Promise<LoopDelay>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    child.on('message', (heard: Heard) => {
      if (heard.kind === 'loop') resolve(heard.loop);
      else if (heard.kind === 'aborted') underway.aborted(heard.task, heard.at);
      else underway[heard.kind](heard.task);
    });
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const client = new Client(child);
  await client.hello();
  const count = async (status: string): Promise<number> => {
    let [pages, cursor] = [0, undefined as unknown];
    do {
      const more = cursor === undefined ? {} : { cursor };
      const page = await client.call('list_workflows', { status, limit: 100, ...more });
      pages += (page['workflows'] as unknown[]).length;
      cursor = page['next_cursor'];
    } while (cursor !== undefined);
    return pages;
  };
  await cancelUnderLoad(
    {
      start: async (task, agents) => String((await client.call('orchestrate_research', { task, agents }))['task_id']),
      cancel: (task_id) => client.call('cancel', { task_id }),
      open: async () => (await count('pending')) + (await count('running')),
    },
    underway,
    plan,
  );
  child.stdin?.end();
  const delay = await loop;
  await exited;
  return { ...underway.figures(), loop: delay };
}
