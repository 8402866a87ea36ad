/** Messages of the protocol that are right, of both eras, about every tool, resource, prompt and extension there is. */

import { offered } from '../../../src/server/mcp/mcp.ts';
import type { Random } from '../random.ts';
import { oddText } from './junk.ts';
import type { Knowledge } from './knowledge.ts';
import { SchemaValues } from './schema-values.ts';

export interface Message {
  readonly jsonrpc: '2.0';
  /** Absent: nothing is to be answered. */
  readonly id?: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const LATEST = '2026-07-28';
const LISTS = [
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'ping',
  'server/discover',
  'no/such',
];
const NOTICES = [
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/none',
];
const IDS = [
  0,
  -1,
  1.5,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  '',
  '0',
  '__proto__',
  'x'.repeat(256),
  'x'.repeat(257),
  '\uD800',
  '\0',
];
const META = {
  'io.modelcontextprotocol/protocolVersion': LATEST,
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
};

export class Messages {
  readonly #random: Random;
  readonly #knowledge: Knowledge;
  readonly #values: SchemaValues;
  readonly #latest: boolean;
  #next = 0;

  constructor(random: Random, knowledge: Knowledge) {
    this.#random = random;
    this.#knowledge = knowledge;
    this.#values = new SchemaValues(random, (name) => knowledge.field(name));
    this.#latest = random.chance(0.5);
  }

  next(): Message {
    const random = this.#random;
    const { method, params } = this.#asked();
    this.#next += 1;
    const notice = method.startsWith('notifications/') && random.chance(0.9);
    const id = notice ? {} : { id: random.chance(0.2) ? random.pick(IDS) : this.#next };
    return { jsonrpc: '2.0', ...id, method, params: { ...params, ...this.#meta() } };
  }

  /** As a client of its era sends them. */
  headers({ method, params }: Message): Readonly<Record<string, string>> {
    if (!this.#latest) return {};
    const name = params['name'] ?? params['uri'] ?? params['taskId'];
    const plain = typeof name === 'string' && /^[\u0021-\u007E]+$/u.test(name);
    return { 'mcp-protocol-version': LATEST, 'mcp-method': method, ...(plain ? { 'mcp-name': name } : {}) };
  }

  #meta(): object {
    const random = this.#random;
    const token = random.chance(0.1) ? { progressToken: random.pick(IDS) } : {};
    const trace = random.chance(0.1) ? { traceparent: random.pick(['00-zz', 'x', oddText(random)]) } : {};
    const era = this.#latest ? META : {};
    return this.#latest || random.chance(0.2) ? { _meta: { ...era, ...token, ...trace } } : {};
  }

  #asked(): Pick<Message, 'method' | 'params'> {
    const random = this.#random;
    const { tools, templates, prompts } = offered();
    const kind = random.next();
    if (kind < 0.5) {
      const tool = random.pick(tools);
      const args = this.#knowledge.cautious(tool.name, this.#values.object(tool.inputSchema));
      return {
        method: 'tools/call',
        params: { name: random.chance(0.97) ? tool.name : oddText(random), arguments: args },
      };
    }
    if (kind < 0.65)
      return {
        method: random.pick(LISTS),
        params: random.chance(0.3) ? { cursor: this.#knowledge.field('cursor') } : {},
      };
    const uri = this.#knowledge.path(
      random.pick(templates).uriTemplate.replace('{task_id}', '{id}').replace('{source_id}', '{id}'),
    );
    if (kind < 0.75) return { method: 'resources/read', params: { uri } };
    if (kind < 0.8) {
      const { name, arguments: args } = random.pick(prompts);
      const given = Object.fromEntries(
        args.map((arg) => [arg.name, random.chance(0.8) ? 'What is a log?' : oddText(random)]),
      );
      return { method: 'prompts/get', params: { name, arguments: given } };
    }
    if (kind < 0.84) {
      const ref = random.pick([
        { type: 'ref/resource', uri: random.pick(templates).uriTemplate },
        { type: 'ref/prompt', name: 'x' },
      ]);
      return {
        method: 'completion/complete',
        params: { ref, argument: { name: 'task_id', value: random.pick(['', 'wf_', oddText(random)]) } },
      };
    }
    if (kind < 0.9) {
      const method = random.pick(['tasks/get', 'tasks/update', 'tasks/result', 'tasks/list']);
      return { method, params: { taskId: this.#knowledge.id(), inputResponses: {} } };
    }
    if (kind < 0.93) return { method: random.pick(['resources/subscribe', 'resources/unsubscribe']), params: { uri } };
    if (kind < 0.95) {
      const notifications = { resourceSubscriptions: [uri, uri], resourcesListChanged: true };
      return { method: 'subscriptions/listen', params: { notifications } };
    }
    if (kind < 0.97) return { method: random.pick(NOTICES), params: { requestId: 1, progressToken: 1, progress: 1 } };
    const clientInfo = { name: 'fuzz', version: '1' };
    return {
      method: 'initialize',
      params: { protocolVersion: random.pick([LATEST, '2025-11-25', 'x']), capabilities: {}, clientInfo },
    };
  }
}
