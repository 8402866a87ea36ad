/** The service described as OpenAPI 3.1, from the table of its routes. */

import { members } from '../mcp/members.ts';
import { inputSchemaOf, type JsonSchema } from '../mcp/schema.ts';
import { PROBLEM_TYPE } from './problem.ts';
import type { Route, Service } from './route.ts';

const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'Problem details (RFC 9457) with the code of the error catalogue',
  properties: {
    type: { type: 'string', description: '`urn:beltalowda:error:` and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was wrong, and where' },
    code: { type: 'string' },
    hint: { type: 'string', description: 'What to do' },
    retryable: { type: 'boolean', description: 'Whether the same request can succeed later' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'retryable'],
};

export function openApi({ version, groups, access }: Pick<Service, 'version' | 'groups' | 'access'>): JsonSchema {
  const paths = new Map<string, Record<string, JsonSchema>>();
  for (const { name, routes } of groups) {
    for (const route of routes) {
      const operations = paths.get(route.path) ?? {};
      operations[route.method.toLowerCase()] = operation(route, { tag: name, secured: access.configured });
      paths.set(route.path, operations);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Beltalowda',
      version,
      description: 'Durable multi-agent research: a cited report from your documents.',
    },
    tags: groups.map(({ name, description }) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: PROBLEM },
      ...(access.configured ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

function operation(route: Route, { tag, secured }: { readonly tag: string; readonly secured: boolean }): JsonSchema {
  const { method, path, scope, summary, answer, body } = route;
  const words = path.split('/').map((part) => part.replaceAll(/[{}.]/g, ''));
  const needed = scope === null ? {} : { description: `Takes the scope \`${scope}\`.` };
  const content = answer.schema === undefined ? {} : { schema: answer.schema() };
  return {
    operationId: [method.toLowerCase(), ...words.filter((word) => word !== '')].join('_'),
    tags: [tag],
    summary,
    ...needed,
    ...(secured ? { security: scope === null ? [] : [{ bearer: [] }] } : {}),
    parameters: [...pathParameters(path), ...queryParameters(route)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body() } } } }),
    responses: {
      '200': { description: answer.description, content: { [answer.media]: content } },
      default: {
        description: 'What went wrong',
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function pathParameters(path: string): JsonSchema[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route): JsonSchema[] {
  if (query === undefined) return [];
  const { properties, required } = inputSchemaOf(query);
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(members(properties)).map(([name, schema]) => {
    const { description, ...rest } = members(schema);
    return {
      name,
      in: 'query',
      required: needed.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}
