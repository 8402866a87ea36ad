/** Lines that hosts, pipes and attackers may send: right, nearly right and not at all; each is decided by the random source. */

import { Buffer } from 'node:buffer';
import { ODD_STRINGS } from './odd-strings.ts';
import type { Random } from './random.ts';

export interface GarbageOptions {
  /** A workflow that has ended; calls on it change nothing. */
  readonly task_id: string;
  /** Members of `params` in every request of the era. */
  readonly meta: object;
}

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  // Never without `dry_run`: nothing is started by chance.
  orchestrate_research: ['task', 'title', 'orchestrator_type', 'agents', 'sources', 'domains', 'context', 'model'],
  get_status: ['task_id', 'wait_seconds', 'since_version'],
  get_result: ['task_id', 'section', 'cursor', 'max_chars', 'detail'],
  cancel: ['task_id', 'reason', 'finalize'],
  list_workflows: ['status', 'orchestrator_type', 'query', 'since', 'until', 'limit', 'cursor'],
  get_analytics: ['since', 'until'],
  resume: ['task_id', 'approve', 'plan', 'agents', 'sources'],
  no_such_tool: ['x'],
};
const NOBODY = 'wf_0000000000000000000000000z';
const METHODS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'no/such/method', 'ping'];
const PROMPTS = ['deep_research', 'compare', 'literature_review', 'due_diligence', 'none'];

export class Garbage {
  readonly #random: Random;
  readonly #options: GarbageOptions;
  #next = 0;
  #recent: (string | number)[] = [];

  constructor(random: Random, options: GarbageOptions) {
    this.#random = random;
    this.#options = options;
  }

  /** One input: usually a line, sometimes several, always whole ones. Bytes for the pipe. */
  input(): Buffer {
    const random = this.#random;
    const kind = random.next();
    if (kind < 0.3) return this.#line(this.#message());
    if (kind < 0.6) return this.#line(this.#mutated(this.#message()));
    if (kind < 0.8) return this.#damaged(this.#line(this.#mutated(this.#message())));
    if (kind < 0.85) return this.#line(this.#batch());
    if (kind < 0.9)
      return Buffer.from(random.pick(['\n', '\r\n', ' \t\n', '\0\n', '\uFEFF\n', 'null\n', '7\n', '"x"\n']));
    if (kind < 0.95) return this.#bytes();
    return this.#line(this.#nested(random.below(60)));
  }

  #line(value: unknown): Buffer {
    const mark = this.#random.chance(0.02) ? '\uFEFF' : '';
    const space = this.#random.chance(0.05) ? ' \t' : '';
    return Buffer.from(`${mark}${space}${JSON.stringify(value)}${space}${this.#random.chance(0.1) ? '\r\n' : '\n'}`);
  }

  #id(): string | number {
    this.#next += 1;
    const random = this.#random;
    const kind = random.next();
    if (kind < 0.02 && this.#recent.length > 0) return random.pick(this.#recent);
    let id: string | number = this.#next;
    if (kind < 0.2) id = `${this.#next}`;
    else if (kind < 0.3) id = `${random.pick(ODD_STRINGS)}${this.#next}`;
    else if (kind < 0.31) id = random.pick(['__proto__', 'constructor', '', '\uDFFF', 'hasOwnProperty']);
    else if (kind < 0.33) id = -this.#next;
    else if (kind < 0.34) id = Number.MAX_SAFE_INTEGER - this.#next;
    else if (kind < 0.35) id = `${'x'.repeat(5000)}${this.#next}`;
    this.#recent = [...this.#recent.slice(-20), id];
    return id;
  }

  #message(): object {
    const random = this.#random;
    const kind = random.next();
    if (kind < 0.55) {
      const name = random.pick(Object.keys(TOOLS));
      return this.#request('tools/call', { name, arguments: this.#arguments(name) });
    }
    if (kind < 0.7) return this.#request(random.pick(METHODS), {});
    if (kind < 0.75) return this.#request('resources/read', { uri: this.#uri() });
    if (kind < 0.8) return this.#request('prompts/get', { name: random.pick(PROMPTS), arguments: this.#some(['a']) });
    if (kind < 0.84) {
      const ref = { type: random.pick(['ref/resource', 'ref/prompt']), uri: this.#uri(), name: random.pick(PROMPTS) };
      return this.#request('completion/complete', {
        ref,
        argument: { name: 'task_id', value: random.pick(ODD_STRINGS) },
      });
    }
    if (kind < 0.87) {
      return this.#request(random.pick(['tasks/get', 'tasks/update', 'tasks/cancel']), { taskId: this.#taskId() });
    }
    if (kind < 0.9) return this.#request('resources/subscribe', { uri: this.#uri() });
    if (kind < 0.96) return this.#notification();
    const id = this.#id();
    return random.pick([
      { jsonrpc: '2.0', id, result: {} },
      { jsonrpc: '2.0', id, error: { code: -32_000, message: 'no' } },
    ]);
  }

  #request(method: string, params: object): object {
    const meta = this.#random.chance(0.1) ? {} : this.#options.meta;
    return { jsonrpc: '2.0', id: this.#id(), method, params: { ...params, ...meta } };
  }

  #notification(): object {
    const random = this.#random;
    const requestId = random.chance(0.5) && this.#recent.length > 0 ? random.pick(this.#recent) : this.#junk();
    return {
      jsonrpc: '2.0',
      method: random.pick(['notifications/cancelled', 'notifications/progress', 'notifications/none', 'exit']),
      params: { requestId, progressToken: requestId, progress: random.below(10) },
    };
  }

  #arguments(tool: string): object {
    const some = this.#some(TOOLS[tool] ?? []);
    if (tool === 'orchestrate_research') return { ...some, dry_run: true };
    return tool === 'resume' ? { ...some, task_id: NOBODY } : { task_id: this.#taskId(), ...some };
  }

  /** Some of the members, right or wrong. */
  #some(names: readonly string[]): object {
    const right: Readonly<Record<string, unknown>> = {
      task: 'What does the log do?',
      task_id: this.#taskId(),
      wait_seconds: 0,
      limit: 5,
      agents: 2,
      query: 'log',
      detail: 'evidence',
      status: 'completed',
    };
    const chosen = names.filter(() => this.#random.chance(0.5));
    return Object.fromEntries(chosen.map((name) => [name, this.#random.chance(0.5) ? right[name] : this.#junk()]));
  }

  #taskId(): string {
    return this.#random.chance(0.5) ? this.#options.task_id : this.#random.pick([NOBODY, ...ODD_STRINGS]);
  }

  #uri(): string {
    const task_id = this.#taskId();
    const end = this.#random.pick([
      'status',
      'results',
      'events',
      'sources/src_1',
      'documents/report.md',
      '',
      '%E0%A4%A',
    ]);
    return this.#random.chance(0.1) ? 'orchestrator://patterns' : `orchestrator://${task_id}/${end}`;
  }

  #junk(depth = 0): unknown {
    const random = this.#random;
    const kind = random.below(depth > 2 ? 6 : 9);
    if (kind === 0) return null;
    if (kind === 1) return random.pick([0, -0, -1, 1.5, 1e308, 2 ** 53, 2 ** 31, random.below(1000)]);
    if (kind === 2) return random.chance(0.5);
    if (kind === 3) return 'y'.repeat(random.pick([1, 100, 201, 4097, 20_001]));
    if (kind <= 5) return random.pick(ODD_STRINGS);
    // Long lists hold plain values and nesting stays low: what is too much for a message is asked for on purpose, elsewhere.
    if (kind === 6)
      return Array.from({ length: random.pick([0, 1, 3, 101]) }, (_, n) => (n < 3 ? this.#junk(depth + 1) : n));
    if (kind === 7) return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}') as unknown;
    return this.#nested(random.below(15));
  }

  #nested(depth: number): unknown {
    let value: unknown = 1;
    for (let level = 0; level < depth; level += 1) value = this.#random.chance(0.5) ? [value] : { a: value };
    return value;
  }

  /** One to three members, anywhere, are replaced, added or taken away; `dry_run` never is. */
  #mutated(message: object): object {
    const copy = structuredClone(message) as Record<string, unknown>;
    for (let times = 1 + this.#random.below(3); times > 0; times -= 1) this.#mutate(copy);
    return copy;
  }

  #mutate(root: Record<string, unknown>): void {
    const random = this.#random;
    let holder = root;
    for (;;) {
      const names = Object.keys(holder).filter((name) => name !== 'dry_run');
      const name =
        names.length === 0 || random.chance(0.1) ? random.pick(['extra', '__proto__', 'toString']) : random.pick(names);
      const inner = Object.hasOwn(holder, name) ? holder[name] : undefined;
      if (typeof inner === 'object' && inner !== null && random.chance(0.7)) {
        holder = inner as Record<string, unknown>;
        continue;
      }
      // A member of this very name, not the prototype.
      const value = this.#junk();
      if (random.chance(0.3)) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
      return;
    }
  }

  #batch(): readonly unknown[] {
    const random = this.#random;
    const length = random.pick([0, 1, 2, 5, 100, 101]);
    return Array.from({ length }, () => (random.chance(0.2) ? this.#junk() : this.#mutated(this.#message())));
  }

  /** Bytes of a line that were cut, flipped, doubled or inserted; the last byte still ends the line. */
  #damaged(line: Buffer): Buffer {
    const random = this.#random;
    const body = line.subarray(0, -1);
    const at = random.below(body.length);
    const to = at + random.below(Math.min(40, body.length - at));
    const insert = Buffer.from(random.pick([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0], [0x0a], [0x22], [0x5c], [0x5b]]));
    const parts = random.pick<readonly Buffer[]>([
      [body.subarray(0, at)],
      [body.subarray(0, at), insert, body.subarray(at)],
      [body.subarray(0, at), body.subarray(to)],
      [body.subarray(0, to), body.subarray(at)],
    ]);
    return Buffer.concat([...parts, Buffer.from('\n')]);
  }

  #bytes(): Buffer {
    const bytes = Array.from({ length: this.#random.below(300) }, () => this.#random.below(256));
    return Buffer.from([...bytes, 0x0a]);
  }
}
