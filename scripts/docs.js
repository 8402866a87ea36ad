// Writes docs/tools.md from the built tool definitions; with --check it only compares and exits 1 when they differ.
import { readFile, writeFile } from 'node:fs/promises';
import { toolCards } from '../dist/server/mcp/mcp.js';

const target = new URL('../docs/tools.md', import.meta.url);
/** A rule of thumb for English and JSON; only the order of magnitude matters. */
const CHARACTERS_A_TOKEN = 4;

/** @param {Record<string, any>} schema */
function typeOf(schema) {
  if (schema.enum) return schema.enum.map((/** @type {string} */ one) => `\`${one}\``).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'object' && schema.properties) return `object {${Object.keys(schema.properties).join(', ')}}`;
  return schema.type;
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en-US');
}

/** @param {Record<string, any>} schema */
function range(schema) {
  const least = schema.minimum ?? schema.minLength ?? schema.minItems;
  const most = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  if (least === undefined && most === undefined) return '';
  const unit = schema.type === 'string' ? ' characters' : schema.type === 'array' ? ' items' : '';
  return most === undefined ? `at least ${number(least)}${unit}` : `${number(least)} to ${number(most)}${unit}`;
}

/** @param {Record<string, any>} schema */
function inputTable(schema) {
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    const need = schema.required?.includes(name) ? 'yes' : '';
    const preset = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${typeOf(field)} | ${range(field)} | ${need} | ${preset} | ${field.description ?? ''} |`;
  });
  return ['| argument | type | range | required | default | |', '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** @param {Record<string, any>} schema */
function outputTable(schema) {
  const rows = Object.entries(schema.properties).map(([name, field]) => `| \`${name}\` | ${typeOf(field)} |`);
  return ['| field | type |', '|---|---|', ...rows].join('\n');
}

/** @param {import('../src/server/mcp/mcp.ts').ToolCard} card */
function section(card) {
  const hints = Object.entries(card.annotations)
    .map(([hint, value]) => `${hint} ${value}`)
    .join(', ');
  return [
    `## \`${card.name}\``,
    card.description,
    `Annotations: ${hints}.`,
    inputTable(card.inputSchema),
    'Answers (`structuredContent`):',
    outputTable(card.outputSchema),
  ].join('\n\n');
}

const cards = toolCards();
const tokens = Math.round(JSON.stringify({ tools: cards }).length / CHARACTERS_A_TOKEN);
const page = `${[
  '# Tools',
  'Generated from the tool definitions by `npm run docs`; do not edit.',
  `All of \`tools/list\`, answers included, costs a model about ${tokens.toLocaleString('en-US')} tokens (characters / 4).`,
  'Every answer comes twice: as `structuredContent` and as text that ends with the next call to make. An error is a result with `isError`, its text says what to change, and `structuredContent.error` holds `code`, `message`, `hint` and `retryable` ([all codes](errors.md)). An argument that is not listed here is an error.',
  ...cards.map(section),
].join('\n\n')}\n`;

if (process.argv.includes('--check')) {
  const stored = await readFile(target, 'utf8').catch(() => '');
  if (stored !== page) {
    console.error('docs/tools.md is not up to date: run `npm run build && npm run docs`.');
    process.exitCode = 1;
  }
} else {
  await writeFile(target, page);
  console.log(`docs/tools.md: ${cards.length} tools, about ${tokens} tokens in tools/list.`);
}
