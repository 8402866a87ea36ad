/**
 * A server that offers what the conformance suites ask for by name, carried by the service's own transport: its guard, its limits,
 * its handlers, one server for one request. It is there for the tests alone, and says nothing of what the product offers.
 */

import type { McpServer, ReadResourceResult, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { Fault } from '../../src/core/errors.ts';
import { EraServer } from '../../src/server/mcp/era-server.ts';
import type { Era, McpParts } from '../../src/server/mcp/mcp.ts';
import { members } from '../../src/server/mcp/members.ts';
import { oneNamed } from '../../src/server/mcp/named.ts';
import { answered, answeredResource, type Defect } from '../../src/server/mcp/protocol-error.ts';
import { serveTasks, TASKS_EXTENSION } from '../../src/server/mcp/tasks-extension.ts';
import { ALL_SCOPES } from '../../src/server/scope.ts';
import { ANSWERING_TOOLS } from './answering-tools.ts';
import { ASKING_TOOLS, states } from './asking-tools.ts';
import { PNG } from './fixture.ts';
import { type Jobs, jobTools } from './jobs.ts';
import { PROMPTS } from './prompts.ts';

const NOTHING = z.object({});
const PLAIN_TEXT = 'text/plain';

const RESOURCES = [
  { uri: 'test://static-text', name: 'text', mimeType: PLAIN_TEXT },
  { uri: 'test://static-binary', name: 'binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched', mimeType: PLAIN_TEXT },
];
const TEMPLATE = { uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' };
const IN_TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/;

function read(uri: string): ReadResourceResult {
  const [, id] = IN_TEMPLATE.exec(uri) ?? [];
  if (id !== undefined) return { contents: [{ uri, mimeType: TEMPLATE.mimeType, text: JSON.stringify({ id }) }] };
  const found = RESOURCES.find((resource) => resource.uri === uri);
  if (found === undefined) throw new Fault('NOT_FOUND', `there is no ${uri}`);
  const { mimeType } = found;
  if (mimeType !== PLAIN_TEXT) return { contents: [{ uri, mimeType, blob: PNG }] };
  return { contents: [{ uri, mimeType, text: `This is the ${found.name} resource.` }] };
}

function offerTools(mcp: McpServer, jobs: Jobs, defect: Defect): void {
  const tools = [...ANSWERING_TOOLS, ...ASKING_TOOLS, ...jobTools(jobs)];
  for (const { name, description, inputSchema = NOTHING } of tools) {
    // Entered with the SDK, which looks there for the arguments that headers have to repeat.
    mcp.registerTool(name, { description, inputSchema }, async () => ({ content: [] }));
  }
  // Called as the service calls its own: what a tool throws is an error of the protocol.
  mcp.server.setRequestHandler('tools/call', ({ params }, context) =>
    answered(defect, () => oneNamed('tool', tools, params.name).run(members(params.arguments), context)),
  );
}

function offerResources({ server }: McpServer, defect: Defect): void {
  server.setRequestHandler('resources/list', () => ({ resources: RESOURCES }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [TEMPLATE] }));
  server.setRequestHandler('resources/read', ({ params: { uri } }) =>
    answeredResource(uri, defect, async () => read(uri)),
  );
}

function offerPrompts({ server }: McpServer, defect: Defect): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: PROMPTS.map(({ card }) => card) }));
  server.setRequestHandler('prompts/get', ({ params }, context) =>
    answered(defect, async () => oneNamed('prompt', PROMPTS, params.name).made(members(params.arguments), context)),
  );
  server.setRequestHandler('completion/complete', ({ params: { argument } }) => {
    const values = ['testValue1', 'testValue2'].filter((value) => value.startsWith(argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
}

/** The server of one request. */
export function fixtureServer({ version, caller, log }: McpParts, era: Era, jobs: Jobs): McpServer {
  const requestState = { verify: (state: string, context: ServerContext) => states.verify(state, context) };
  const mcp = new EraServer(era, { name: 'conformance', version }, { requestState });
  const defect: Defect = (thrown) => log?.warn({ err: thrown.cause ?? thrown }, thrown.message);
  // What the service declares over HTTP, and logging, which it has no use for.
  mcp.server.registerCapabilities({
    tools: { listChanged: false },
    resources: { subscribe: era === 'modern', listChanged: era === 'modern' },
    prompts: { listChanged: false },
    completions: {},
    logging: {},
    ...(era === 'modern' ? { extensions: { [TASKS_EXTENSION]: {} } } : {}),
  });
  offerTools(mcp, jobs, defect);
  offerResources(mcp, defect);
  offerPrompts(mcp, defect);
  if (era === 'modern') serveTasks(mcp, { orchestrator: async () => jobs, caller, scopes: ALL_SCOPES, defect });
  return mcp;
}
