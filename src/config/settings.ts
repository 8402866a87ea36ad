/** Settings of the process: one table, in the order help lists them. */

import path from 'node:path';
import { BUDGET_RANGES, MAX_NAME } from '../core/limits.ts';
import { HOST } from './hosts.ts';
import { prices } from './prices.ts';
import { choice, decimal, list, path as pathKind, SOME_TEXT, text, whole } from './kinds.ts';
import { domainTools, toolServers } from './tool-servers.ts';
import type { Words } from './words.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ON_OFF = ['on', 'off'] as const;
const SEARCH_PROVIDERS = ['auto', 'searxng', 'brave', 'tavily', 'exa', 'none'] as const;

/** Refused with a code of its own where it is what stands in a source's place. */
export const WEB_ADDRESS = '^[A-Za-z][A-Za-z0-9+.-]+://';

const modelName = text({ placeholder: 'model', expected: 'the name of a model', max: MAX_NAME });

/** A model for one role alone. */
function roleModel(does: string) {
  return { kind: modelName, description: `Model that ${does}`, preset: null, fallback: 'the one of --model' };
}

export const SETTINGS = {
  source: {
    kind: list(pathKind({ placeholder: 'path', pattern: `(?!${WEB_ADDRESS})${SOME_TEXT}` }), {
      separator: path.delimiter,
      expected: 'a list of paths',
    }),
    env: 'BELTALOWDA_SOURCES',
    description: `Folder or file that research may read; repeat for more. In the variable: separated by "${path.delimiter}"`,
    preset: [],
    fallback: 'none',
  },
  home: {
    kind: pathKind({ placeholder: 'path' }),
    description: 'Data directory: workflows, reports, indexes, configuration file',
    preset: null,
    fallback: "your platform's data folder",
  },
  config: {
    kind: pathKind({ placeholder: 'file' }),
    description: 'Configuration file',
    preset: null,
    fallback: 'beltalowda.config.json in the data directory, if it is there',
    inFile: false,
  },
  db: {
    kind: pathKind({ placeholder: 'path' }),
    description: 'Database file',
    preset: null,
    fallback: 'beltalowda.db in the data directory',
  },
  model: {
    kind: modelName,
    description:
      'Model that plans, researches and writes, as provider/model; extractive quotes your documents and needs no key',
    preset: 'extractive',
  },
  model_plan: roleModel('plans'),
  model_belter: roleModel('researches'),
  model_drummer: roleModel('merges findings'),
  model_camina: roleModel('writes the report'),
  fallback_models: {
    kind: list(modelName, { separator: ',', expected: 'a list of models' }),
    description: 'Models asked in this order where the chosen one fails for good. In the variable: separated by ","',
    preset: [],
    fallback: 'none: no other model is ever asked',
  },
  budget_usd: {
    kind: decimal(BUDGET_RANGES.max_cost_usd.least, BUDGET_RANGES.max_cost_usd.most, 6),
    description: 'Most dollars of one workflow; then it ends with what it has',
    preset: null,
    fallback: 'no limit',
  },
  max_tokens: {
    kind: whole(BUDGET_RANGES.max_tokens.least, BUDGET_RANGES.max_tokens.most),
    description: 'Most tokens of one workflow, sent and received; then it ends with what it has',
    preset: null,
    fallback: 'no limit',
  },
  prices: {
    kind: prices(),
    description:
      'Prices of models, before those this release knows: {"provider/model": {"input": 3, "output": 15}} in dollars per million tokens, with cached, cache_write and reasoning where they differ',
    preset: null,
    fallback: 'those this release knows; other models have none',
  },
  network: {
    kind: choice('on|off', ON_OFF),
    description: 'Whether agents may fetch pages and search the web',
    preset: 'off',
  },
  search: {
    kind: choice('provider', SEARCH_PROVIDERS),
    description: `Web search: ${SEARCH_PROVIDERS.join(', ')}. auto takes the first that has its key or address`,
    preset: 'auto',
  },
  search_price: {
    kind: decimal(0, 1000, 3),
    description: 'Dollars that 1,000 web searches cost you',
    preset: null,
    fallback: 'the list price of who answers: 5 for Brave, 8 for Tavily, 7 for Exa, nothing for SearXNG',
  },
  fetch_allow: {
    kind: list(
      text({
        placeholder: 'host',
        expected:
          'a host or a host and port, such as wiki.corp or wiki.corp:8090, each by itself: no URL, no *, no network',
        max: MAX_NAME,
        pattern: HOST,
      }),
      { separator: ',', expected: 'a list of hosts' },
    ),
    description:
      'Hosts of your own network that pages may be fetched from: wiki.corp, or wiki.corp:8090. In the variable: separated by ","',
    preset: [],
    fallback: 'none: private and local addresses are refused',
  },
  mcp_servers: {
    kind: toolServers(),
    key: 'mcpServers',
    description:
      'MCP servers whose tools agents may use, as hosts write them: {"name": {"command": "…", "args": […], "env": {…}}} or {"name": {"url": "…", "headers": {…}}}, with tools, timeout_seconds and domains where wished. Best kept in the file',
    preset: [],
    fallback: 'none',
    secret: true,
  },
  domain_tools: {
    kind: domainTools(),
    description:
      'Tools for the agents of a domain, in place of those they get by themselves: {"academic": ["search_arxiv", "zotero_*"]}',
    preset: null,
    fallback: 'searches that fit the domain, and the servers that name it',
  },
  max_active_workflows: {
    kind: whole(1, 10_000),
    description: 'Workflows at work at once; more wait in a queue',
    preset: 50,
  },
  max_queued_workflows: {
    kind: whole(1, 1_000_000),
    description: 'Workflows that may wait; more are refused',
    preset: 1000,
  },
  max_concurrent_agents: {
    kind: whole(1, 1000),
    description: 'Agents at work at once in one workflow',
    preset: 10,
  },
  max_agents_total: {
    kind: whole(1, 10_000),
    description: 'Agents at work at once in this process',
    preset: 64,
  },
  workflow_timeout_minutes: {
    kind: whole(BUDGET_RANGES.max_minutes.least, BUDGET_RANGES.max_minutes.most),
    description: 'Time limit of one workflow, in minutes; then it ends with what it has',
    preset: 60,
  },
  retention_days: {
    kind: whole(1, 36_500),
    description: 'Erase the content of workflows that ended more than so many days ago',
    preset: null,
    fallback: 'off, everything is kept',
  },
  retention_max_workflows: {
    kind: whole(1, 1_000_000_000),
    description: 'Keep the content of so many ended workflows, the newest',
    preset: null,
    fallback: 'off, everything is kept',
  },
  retention_max_mb: {
    kind: whole(1, 1_000_000_000),
    description: 'Erase the content of the longest ended workflows while the database holds more megabytes',
    preset: null,
    fallback: 'off, everything is kept',
  },
  mcp_tasks: {
    kind: choice('on|off', ON_OFF),
    description: 'Whether MCP clients that know the tasks extension get research as a task',
    preset: 'on',
  },
  log_level: {
    kind: choice('level', LOG_LEVELS),
    description: `How much to log on standard error: ${LOG_LEVELS.join(', ')}`,
    preset: 'warn',
  },
} as const satisfies Record<string, Words>;
