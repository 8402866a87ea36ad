// docs/tools.md: the MCP edge as it is offered, and what its list of tools costs a model.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { offered } from '../../src/server/mcp/mcp.ts';

/** What a model may have to pay for the list of tools in every conversation. */
const MOST_TOKENS = 4000;

/** @param {Record<string, any>} schema */
function typeOf(schema) {
  if (schema.enum) return schema.enum.map((/** @type {string} */ one) => `\`${one}\``).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
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

/**
 * Every argument, those inside lists of objects too, each on a line of its own.
 * @param {Record<string, any>} schema
 * @param {string} prefix
 * @returns {string[]}
 */
function inputRows(schema, prefix = '') {
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const need = schema.required?.includes(name) ? 'yes' : '';
    const preset = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    const cells = [`\`${prefix}${name}\``, typeOf(field), range(field), need, preset, field.description ?? ''];
    return [
      `| ${cells.join(' | ')} |`,
      ...(field.items?.properties ? inputRows(field.items, `${prefix}${name}[].`) : []),
    ];
  });
}

/**
 * Every member of an answer, however deep, each on a line of its own; an error's are told once, above.
 * @param {Record<string, any>} schema
 * @param {string} prefix
 * @returns {string[]}
 */
function outputRows(schema, prefix = '') {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const shown = (field.anyOf ?? []).find((/** @type {any} */ one) => one.properties) ?? field;
    const inside = shown.type === 'array' ? outputRows(shown.items, `${path}[].`) : outputRows(shown, `${path}.`);
    const told = name === 'error' || field.description !== undefined;
    return [`| \`${path}\` | ${typeOf(field)} | ${field.description ?? ''} |`, ...(told ? [] : inside)];
  });
}

/** @param {any} card */
function toolSection(card) {
  const hints = Object.entries(card.annotations)
    .map(([hint, value]) => `${hint} ${value}`)
    .join(', ');
  return [
    `## \`${card.name}\``,
    card.description,
    `Annotations: ${hints}.`,
    [
      '| argument | type | range | required | default | |',
      '|---|---|---|---|---|---|',
      ...inputRows(card.inputSchema),
    ].join('\n'),
    'Answers (`structuredContent`):',
    ['| field | type | |', '|---|---|---|', ...outputRows(card.answers)].join('\n'),
  ].join('\n\n');
}

/** @param {any} prompt */
function promptSection(prompt) {
  const rows = prompt.arguments.map(
    (/** @type {any} */ one) => `| \`${one.name}\` | ${one.required ? 'yes' : ''} | ${one.description} |`,
  );
  return [
    `### \`${prompt.name}\``,
    prompt.description,
    ['| argument | required | |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

const { tools, templates, prompts } = offered();
const listed = tools.map(({ answers: _answers, ...card }) => card);
const tokens = encode(JSON.stringify({ tools: listed })).length;

const resourceRows = templates.map(
  ({ uriTemplate, mimeType, description }) => `| \`${uriTemplate}\` | ${mimeType} | ${description} |`,
);

const page = `${[
  '# Tools, resources, prompts and tasks',
  'Generated from the definitions of the MCP edge by `npm run docs`; do not edit.',
  `All of \`tools/list\` costs a model ${number(tokens)} tokens (o200k_base); it shows the answers in short, this page shows them whole.`,
  'Every answer comes twice: as `structuredContent` and as text that ends with the next call to make. An error is a result with `isError`, its text says what to change, and `structuredContent.error` holds `code`, `message`, `hint` and `retryable` ([all codes](errors.md)). An argument that is not listed here is an error.',
  ...tools.map(toolSection),
  '## Resources',
  "Nothing one cannot do without is only here: the tools answer the same. `resources/list` names the patterns and the newest workflows, page by page. What does not exist is the protocol's own error: -32002 in the 2025 era, -32602 since 2026, with the URI as its data.",
  [
    '| URI | type | |',
    '|---|---|---|',
    '| `orchestrator://patterns` | application/json | What `orchestrator_type` may be: the roles at work, and when to choose which. |',
    ...resourceRows,
  ].join('\n'),
  '`completion/complete` offers `task_id`, and with it `source_id` and `name`. A client hears of changes through `resources/subscribe` in the 2025 era and `subscriptions/listen` since 2026: of `status` and `events` at each step, of `results` and documents when the status changes, of the list when a workflow or a report is added; a few times a second at most.',
  '## Prompts',
  'Each is one message that leads a model through the tools. Where there is something to choose (`pattern`, `domains`, `task_id`), `completion/complete` offers it.',
  ...prompts.map(promptSection),
  '## Tasks',
  'Clients of the 2026 era that declare the extension `io.modelcontextprotocol/tasks` in a call get the answer of `orchestrate_research` (not of a dry run) and of `resume` as a task: `taskId` is the `task_id`, `ttlMs` is null, `pollIntervalMs` says how often to ask. All tools take the same id. `BELTALOWDA_MCP_TASKS=off` switches this off.',
  [
    '| method | answers |',
    '|---|---|',
    '| `tasks/get` | The task. `working` while the workflow is open; its `statusMessage` says what it does, and when its plan awaits approval which `resume` call gives it. `completed` with the `result` of the call: its `structuredContent` has what `get_result` answers as `result`. A workflow that failed is `completed` too, and its result has `isError` and `error`: the extension keeps `failed` for errors of the protocol. `cancelled` after a cancel; `get_result` has what was found. |',
    '| `tasks/cancel` | Nothing: the same as `cancel`. |',
    '| `tasks/update` | Nothing: no workflow asks for input this way. |',
  ].join('\n'),
  'An unknown `taskId` is -32602; a client that did not declare the extension gets -32021. The experimental tasks of 2025-11-25 are not offered.',
].join('\n\n')}\n`;

const cost = `${tools.length} tools, ${number(tokens)} tokens in tools/list, ${number(MOST_TOKENS)} allowed`;
if (tokens > MOST_TOKENS) throw new Error(`tools/list is too dear: ${cost}`);

/** @type {import('../docs.js').Page} */
export const TOOLS = { path: 'docs/tools.md', text: page, told: cost };
