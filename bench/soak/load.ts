/** What the service is asked for hours: everything its clients do, at a steady pace, by actors that know nothing of each other. */

import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Client, Era } from './client.ts';
import type { Receiver } from './receiver.ts';
import type { Running } from './service.ts';
import { sleep } from './units.ts';

export const OWNERS = ['ann', 'ben', 'local'] as const;
const ERAS: readonly Era[] = ['plain', '2025', '2026'];
const QUESTIONS = [
  'How do embedded databases keep committed data safe after a crash?',
  'When does a write-ahead log have to be synced?',
  'What does a torn page do, and what helps against it?',
  'How long does a commit wait for the disk?',
];
/** A reader of a stream that leaves does so after so many events. */
const FEW = 4;
/** A workflow that takes longer has been lost. */
const PATIENCE_MS = 120_000;

export interface Counts {
  submitted: number;
  completed: number;
  deleted: number;
  streams: number;
  subscriptions: number;
}

export interface LoadParts {
  readonly service: Running;
  readonly client: Client;
  readonly receiver: Receiver;
  /** Milliseconds between two submissions. */
  readonly every_ms: number;
}

export class Load {
  readonly counts: Counts = { submitted: 0, completed: 0, deleted: 0, streams: 0, subscriptions: 0 };
  readonly #parts: LoadParts;
  readonly #over = new AbortController();
  readonly #under = new Set<Promise<void>>();
  /** Ended workflows of who deletes theirs. */
  readonly #ended: string[] = [];

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  async begin(): Promise<void> {
    const { client, receiver, every_ms } = this.#parts;
    const { url } = receiver;
    const body = { url, events: ['workflow_start', 'agent_complete', 'workflow_complete'] };
    await client.ask('/webhook/register', { owner: 'ann', body });
    this.#every(every_ms, (n) => this.#research(n));
    this.#every(5000, (n) => this.#figures(n));
    this.#every(5000, (n) => this.#wrong(n));
    this.#every(20_000, () => this.#delete());
    this.#every(10_000, (n) => this.#subscribe(n));
  }

  /** Nothing new; what was begun is carried to its end. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#under);
  }

  #every(ms: number, act: (n: number) => Promise<void>): void {
    const { client } = this.#parts;
    const begun = performance.now();
    const go = async (): Promise<void> => {
      for (let n = 0; !this.#over.signal.aborted; n += 1) {
        const acting = act(n).catch((thrown: unknown) => client.fault(String(thrown)));
        this.#under.add(acting);
        void acting.then(() => this.#under.delete(acting));
        // By the time that has passed, so that a slow answer makes no lighter load.
        await Promise.race([sleep(begun + (n + 1) * ms - performance.now()), this.#aborted]);
      }
    };
    void go();
  }

  readonly #aborted = new Promise<void>((resolve) => {
    this.#over.signal.addEventListener('abort', () => resolve(), { once: true });
  });

  /** A workflow from its submission to its report, looked at on the way and followed by who leaves and comes back. */
  async #research(n: number): Promise<void> {
    const { client } = this.#parts;
    const owner = OWNERS[n % OWNERS.length] ?? 'ann';
    const era = ERAS[n % ERAS.length === 0 ? Math.floor(n / ERAS.length) % ERAS.length : n % ERAS.length] ?? 'plain';
    const task = `${QUESTIONS[n % QUESTIONS.length]} (${n})`;
    const started = await client.tool(era, owner, { name: 'orchestrate_research', args: { task, agents: 2 } });
    const task_id = String(started['task_id']);
    this.counts.submitted += 1;
    const [status] = await Promise.all([
      this.#polled(task_id, owner),
      this.#followed(task_id, { owner, leaves: n % 2 === 0 }),
    ]);
    if (status === 'completed') this.counts.completed += 1;
    else client.fault(`${task_id} is ${status}`);
    const report = await client.tool(ERAS[n % 2] ?? 'plain', owner, { name: 'get_result', args: { task_id } });
    if (report['completeness'] !== 'full')
      client.fault(`the report of ${task_id} is ${String(report['completeness'])}`);
    await client.ask(`/workflows/${task_id}`, { owner: owner === 'ann' ? 'ben' : 'ann', status: 404 });
    if (owner === 'local') this.#ended.push(task_id);
  }

  async #polled(task_id: string, owner: string): Promise<string> {
    const { client } = this.#parts;
    const until = performance.now() + PATIENCE_MS;
    for (let asked = 0; performance.now() < until; asked += 1) {
      const name = 'get_status';
      const view = await client.tool(ERAS[asked % ERAS.length] ?? 'plain', owner, { name, args: { task_id } });
      const status = String(view['status']);
      if (status !== 'pending' && status !== 'running') return status;
      await sleep(250);
    }
    return 'not ended';
  }

  async #followed(task_id: string, { owner, leaves }: { readonly owner: string; readonly leaves: boolean }) {
    const { client } = this.#parts;
    let place = { last: 0, ended: false };
    while (!place.ended) {
      this.counts.streams += 1;
      place = await client.follow(task_id, owner, { after: place.last, most: leaves ? FEW : Number.POSITIVE_INFINITY });
    }
  }

  async #figures(n: number): Promise<void> {
    const { client } = this.#parts;
    const owner = OWNERS[n % OWNERS.length] ?? 'ann';
    for (const part of ['summary', 'workflows', 'costs', 'performance'])
      await client.ask(`/analytics/${part}`, { owner });
    await client.ask('/analytics/summary?all_owners=true', { owner: 'admin' });
    await client.ask('/workflows?limit=20&query=commit', { owner });
    await client.ask('/webhook/deliveries', { owner: 'ann' });
    await client.ask('/health', { owner: null });
    await client.tool('2026', owner, { name: 'get_analytics', args: {} });
  }

  async #wrong(n: number): Promise<void> {
    const { client } = this.#parts;
    await client.ask('/workflows', { owner: null, status: 401 });
    await client.ask('/workflows', { owner: null, headers: { Authorization: `Bearer blt_wrong${n}` }, status: 401 });
    await client.ask(`/nothing/${n}`, { owner: null, status: 404 });
    await client.ask('/mcp', { owner: 'ben', body: '{"jsonrpc":', status: 400 });
    await client.ask('/tools/get_status', { owner: 'ben', body: { task_id: 7 }, status: 400 });
    await client.ask('/metrics', { owner: 'ben', status: 403 });
  }

  /** On the command line, which is another process on the same file. */
  async #delete(): Promise<void> {
    const task_id = this.#ended.shift();
    if (task_id === undefined) return;
    await this.#parts.service.command('delete', task_id, '--yes');
    this.counts.deleted += 1;
    await this.#parts.client.ask(`/workflows/${task_id}/result`, { owner: 'local', status: 410 });
  }

  /** A client of the latest era that wants to be told of changes, for a while. */
  async #subscribe(n: number): Promise<void> {
    const { client, service } = this.#parts;
    const owner = OWNERS[n % OWNERS.length] ?? 'ann';
    const mcp = new McpClient({ name: 'soak', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    const requestInit = { headers: { ...client.credential(owner) } };
    await mcp.connect(new StreamableHTTPClientTransport(new URL('/mcp', service.url), { requestInit }));
    const { resources } = await mcp.listResources();
    const uris = resources.map(({ uri }) => uri).slice(0, 5);
    const subscription = await mcp.listen({ resourceSubscriptions: uris, resourcesListChanged: true });
    this.counts.subscriptions += 1;
    await Promise.race([sleep(25_000), this.#aborted]);
    // Some end as agreed, others by a connection that breaks.
    if (n % 2 === 0) await subscription.close();
    await mcp.close();
  }
}
