/** Values that a JSON Schema takes, made from the schema itself, so that a field which is added tomorrow is filled as well. */

import { isObject, members } from '../../../src/server/mcp/members.ts';
import type { Random } from '../random.ts';

/** What stands where a field of that name is asked for; undefined: whatever the schema takes. */
export type Known = (name: string) => unknown;

const LONGEST = 40;
const WORDS = 'How does the log keep every page safe after a loss of power when readers wait? ';

export class SchemaValues {
  readonly #random: Random;
  readonly #known: Known;

  constructor(random: Random, known: Known) {
    this.#random = random;
    this.#known = known;
  }

  /** Required members always, others now and then. Members that the schema does not list are never there. */
  object(schema: unknown): Record<string, unknown> {
    const { properties, required } = members(schema);
    const always = new Set(Array.isArray(required) ? required.map(String) : []);
    const fields = Object.entries(members(properties)).filter(([name]) => always.has(name) || this.#random.chance(0.3));
    return Object.fromEntries(fields.map(([name, field]) => [name, this.#named(name, field)]));
  }

  #named(name: string, schema: unknown): unknown {
    const known = this.#known(name);
    return known === undefined ? this.#value(schema) : known;
  }

  #value(schema: unknown): unknown {
    if (!isObject(schema)) return null;
    const { type, anyOf, items } = schema;
    if (Array.isArray(schema['enum'])) return this.#random.pick<unknown>(schema['enum']);
    if (Array.isArray(anyOf)) return this.#value(this.#random.pick<unknown>(anyOf));
    switch (type) {
      case 'string':
        return this.#text(schema);
      case 'integer':
        return Math.round(this.#number(schema));
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random.chance(0.5);
      case 'array': {
        const least = Number(schema['minItems'] ?? 0);
        return Array.from({ length: least + this.#random.below(3) }, () => this.#value(items));
      }
      case 'object':
        return this.object(schema);
      default:
        return null;
    }
  }

  #text({ minLength, maxLength }: Readonly<Record<string, unknown>>): string {
    const [least, most] = [Number(minLength ?? 0), Math.min(Number(maxLength ?? LONGEST), 30_000)];
    // The bounds themselves are where mistakes are.
    const length = this.#random.pick([least, Math.min(most, LONGEST), this.#random.chance(0.1) ? most : least + 1]);
    return WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
  }

  #number({ minimum, maximum }: Readonly<Record<string, unknown>>): number {
    const least = Number(minimum ?? 0);
    const most = Number(maximum ?? least + 5);
    return this.#random.pick([least, most, least + this.#random.below(Math.min(10, most - least + 1))]);
  }
}
