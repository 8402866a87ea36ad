/** Answers in a given form: what vendors take of a JSON Schema, and a forced tool where they take none. */

import type { Json } from '../../../core/json.ts';
import type { ModelRequest, ObjectSchema, ToolCard, ToolUse } from '../../language-model.ts';
import { fields, items } from './fields.ts';

/** Where the form is not asked for as such, a tool of its name is: what is put in is the answer. */
export function withOutputTool(request: ModelRequest): Pick<ModelRequest, 'tools' | 'tool_choice'> {
  const { tools, tool_choice, output } = request;
  if (output === null) return { tools, tool_choice };
  const card: ToolCard = {
    name: output.name,
    description: 'Give your final answer by calling this.',
    input_schema: output.schema,
  };
  const only = tools.length === 0 || tool_choice === 'none';
  return only
    ? { tools: [card], tool_choice: { name: card.name } }
    : { tools: [...tools, card], tool_choice: 'required' };
}

/** The answer's text and the tools it uses, the call that holds the answer itself taken for what it is. */
export function answered(
  said: { readonly text: string; readonly tool_uses: readonly ToolUse[] },
  output: ModelRequest['output'],
): { readonly text: string; readonly tool_uses: readonly ToolUse[] } {
  const own = said.tool_uses.find(({ name }) => name === output?.name);
  if (own === undefined) return said;
  const text = own.input === null ? own.raw : JSON.stringify(own.input);
  return { text, tool_uses: said.tool_uses.filter((use) => use !== own && use.name !== output?.name) };
}

/** Rules about values that grammars of vendors do not hold; whoever reads the answer checks them. */
const UNHELD = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'default',
  '$schema',
]);

/** A schema that grammars hold: closed objects, and no rule they do not know. */
export function closed(schema: ObjectSchema): ObjectSchema {
  const kept = Object.entries(schema).filter(([keyword]) => !UNHELD.has(keyword));
  const plain = Object.fromEntries(kept.map(([keyword, value]) => [keyword, closedWithin(keyword, value)]));
  return plain['type'] === 'object' || 'properties' in plain ? { ...plain, additionalProperties: false } : plain;
}

function closedWithin(keyword: string, value: Json): Json {
  if (keyword === 'properties' || keyword === '$defs') {
    return Object.fromEntries(Object.entries(fields(value)).map(([name, schema]) => [name, one(schema ?? null)]));
  }
  if (keyword === 'anyOf' || keyword === 'allOf' || keyword === 'oneOf') return items(value).map(one);
  return keyword === 'items' ? one(value) : value;
}

function one(schema: Json): Json {
  return isSchema(schema) ? closed(schema) : schema;
}

function isSchema(value: Json): value is ObjectSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether every object in it is closed and requires all it has, as strict grammars want it. */
export function isStrict(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  const { type, properties, required, additionalProperties, ...rest } = fields(schema);
  const names = Object.keys(fields(properties));
  const whole =
    type !== 'object' || (additionalProperties === false && names.every((name) => items(required).includes(name)));
  const inner = [
    ...Object.values(fields(properties)),
    rest['items'],
    rest['anyOf'],
    ...Object.values(fields(rest['$defs'])),
  ];
  const held = Object.keys(rest).every((keyword) => !UNHELD.has(keyword) && keyword !== 'oneOf' && keyword !== 'allOf');
  return whole && held && inner.every((one) => one === undefined || isStrict(one));
}
