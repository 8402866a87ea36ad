/**
 * The service over HTTP beside servers that do nothing: Node's own with the same JSON ready, and the SDK's handler with a tool
 * that does nothing and one that has the same answer ready. One client, one connection to each, one request of each in turn.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, figure, median, quantile } from '../figures.ts';
import { filledDatabase } from '../filled.ts';
import type { Part } from '../part.ts';
import { OURS } from '../served.ts';
import { type Asking, type Connected, connectedHttp, plainServer, sdkServer } from '../served-http.ts';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const ACCEPT = 'application/json, text/event-stream';

type Era = '2026' | '2025';

function call(era: Era, name: string, task_id: string): Asking {
  const called = { name, arguments: { task_id } };
  const headers: Readonly<Record<string, string>> =
    era === '2025'
      ? { Accept: ACCEPT, 'MCP-Protocol-Version': '2025-11-25' }
      : { Accept: ACCEPT, 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': name };
  const params = era === '2025' ? called : { _meta: META, ...called };
  return { method: 'POST', path: '/mcp', headers, body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params } };
}

const tool = (task_id: string): Asking => ({ method: 'POST', path: '/tools/get_status', body: { task_id } });

interface Servers {
  readonly ours: Connected;
  readonly plain: Connected;
  readonly sdk: Connected;
}

/** What is compared: a request to the service, and one to a server that does less. */
interface Compared {
  readonly what: string;
  readonly ours: (task_id: string) => Asking;
  readonly of: 'plain' | 'sdk';
  readonly baseline: (task_id: string) => Asking;
  readonly target: Figure['target'];
  readonly p99: boolean;
}

const AT_MOST = { of: 'ratio', at: 'most', value: 1.5 } as const;

const COMPARED: readonly Compared[] = [
  ...(['2026', '2025'] as const).flatMap((era): readonly Compared[] => {
    const what = `get_status over /mcp, ${era} era`;
    const ours = (task_id: string): Asking => call(era, 'get_status', task_id);
    const of = 'sdk';
    return [
      { what, ours, of, baseline: (id) => call(era, 'nothing', id), target: AT_MOST, p99: true },
      {
        what: `${what}, against the same answer ready-made`,
        ours,
        of,
        baseline: (id) => call(era, 'ready', id),
        target: null,
        p99: false,
      },
    ];
  }),
  {
    what: 'POST /tools/get_status, against plain JSON ready-made',
    ours: tool,
    of: 'plain',
    baseline: tool,
    target: null,
    p99: true,
  },
  {
    what: 'GET /workflows/ID, against plain JSON ready-made',
    ours: (id) => ({ method: 'GET', path: `/workflows/${id}` }),
    of: 'plain',
    baseline: () => ({ method: 'GET', path: '/' }),
    target: null,
    p99: false,
  },
  {
    what: 'GET /ready, against plain JSON of nothing',
    ours: () => ({ method: 'GET', path: '/ready' }),
    of: 'plain',
    baseline: () => ({ method: 'GET', path: '/nothing' }),
    target: null,
    p99: false,
  },
];

interface Taken {
  readonly compared: Compared;
  readonly p50: { readonly ours: number[]; readonly baseline: number[] };
  readonly p99: { readonly ours: number[]; readonly baseline: number[] };
}

/** One request of each in turn, each time about another workflow. */
async function round(servers: Servers, taken: readonly Taken[], asked: readonly string[]): Promise<void> {
  const times = taken.map(() => ({ ours: [] as number[], baseline: [] as number[] }));
  for (const task_id of asked) {
    for (const [at, { compared }] of taken.entries()) {
      times[at]?.baseline.push(await servers[compared.of].timed(compared.baseline(task_id)));
      times[at]?.ours.push(await servers.ours.timed(compared.ours(task_id)));
    }
  }
  for (const [at, { ours = [], baseline = [] } = {}] of times.entries()) {
    taken[at]?.p50.ours.push(median(ours));
    taken[at]?.p50.baseline.push(median(baseline));
    taken[at]?.p99.ours.push(quantile(ours, 0.99));
    taken[at]?.p99.baseline.push(quantile(baseline, 0.99));
  }
}

function told({ compared: { what, target, p99: tail }, p50, p99 }: Taken): readonly Figure[] {
  const [name, ...against] = what.split(', against');
  const named = (which: string): string => [`${name}, ${which}`, ...against].join(', against');
  const figures = [figure({ what: named('p50'), unit: 'ms', ...p50, target })];
  return tail ? [...figures, figure({ what: named('p99'), unit: 'ms', ...p99, target })] : figures;
}

export const http: Part = {
  name: 'http',
  about: 'get_status over HTTP, beside the SDK with a tool that does nothing and beside plain JSON',
  rounds: 5,
  run: async ({ folder, quick, rounds }) => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const sizes = quick ? { workflows: 5, calls: 3, warm: 1 } : { workflows: 1000, calls: 200, warm: 200 };
    const file = join(home, 'beltalowda.db');
    const { whole } = await filledDatabase(file, {
      workflows: sizes.workflows,
      whole: sizes.workflows,
      searchable: false,
    });
    // A step that visits them all before it comes back, and neighbours never in a row.
    const nth = (n: number): string => whole[(n * 617) % whole.length] ?? '';
    const ours = await connectedHttp([...OURS, 'serve'], home);
    const open: Connected[] = [ours];
    try {
      const called = JSON.parse(await ours.answer(call('2026', 'get_status', nth(0)))) as { readonly result: unknown };
      const plain = await connectedHttp(plainServer(JSON.parse(await ours.answer(tool(nth(0))))), home);
      open.push(plain);
      const sdk = await connectedHttp(sdkServer(called.result), home);
      open.push(sdk);
      const servers = { ours, plain, sdk };
      const taken = (): readonly Taken[] =>
        COMPARED.map((compared) => ({
          compared,
          p50: { ours: [], baseline: [] },
          p99: { ours: [], baseline: [] },
        }));
      await round(
        servers,
        taken(),
        Array.from({ length: sizes.warm }, (_, n) => nth(n)),
      );
      const measured = taken();
      for (let turn = 0; turn < rounds; turn += 1) {
        await round(
          servers,
          measured,
          Array.from({ length: sizes.calls }, (_, n) => nth(turn * sizes.calls + n)),
        );
      }
      return measured.flatMap((one) => told(one));
    } finally {
      for (const one of open) await one.close();
    }
  },
};
