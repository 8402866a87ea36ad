/** Tools that answer at once: every kind of content, an error, progress, log messages. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  fromJsonSchema,
  type JsonSchemaType,
  MissingRequiredClientCapabilityError,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type FixtureTool, PNG, text, WAV } from './fixture.ts';

/** Apart, so that a transport which gathers messages would be seen to. */
const APART_MS = 10;

const image = { type: 'image', data: PNG, mimeType: 'image/png' } as const;
const PLAIN_TEXT = 'text/plain';

/** The keywords of JSON Schema 2020-12 that a list of tools has to leave as they are. */
const EVERY_KEYWORD = fromJsonSchema(
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'every-keyword.json'), 'utf8')) as JsonSchemaType,
);

const withLogging: FixtureTool['run'] = async (_, { mcpReq }) => {
  for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await mcpReq.log('info', message);
    await setTimeout(APART_MS);
  }
  return text('logged');
};

const withProgress: FixtureTool['run'] = async (_, { mcpReq }) => {
  const progressToken = mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    if (progressToken !== undefined) {
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    await setTimeout(APART_MS);
  }
  return text('done');
};

export const ANSWERING_TOOLS: readonly FixtureTool[] = [
  { name: 'test_simple_text', description: 'Text', run: async () => text('This is a simple text response.') },
  { name: 'test_image_content', description: 'An image', run: async () => ({ content: [image] }) },
  {
    name: 'test_audio_content',
    description: 'A sound',
    run: async () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  },
  {
    name: 'test_embedded_resource',
    description: 'A resource within the answer',
    run: async () => ({
      content: [
        {
          type: 'resource',
          resource: { uri: 'test://embedded-resource', mimeType: PLAIN_TEXT, text: 'An embedded resource.' },
        },
      ],
    }),
  },
  {
    name: 'test_multiple_content_types',
    description: 'Text, an image and a resource',
    run: async () => ({
      content: [
        { type: 'text', text: 'Several kinds of content:' },
        image,
        {
          type: 'resource',
          resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data"}' },
        },
      ],
    }),
  },
  {
    name: 'test_error_handling',
    description: 'Always fails',
    run: async () => ({ ...text('This tool always returns an error.'), isError: true }),
  },
  { name: 'test_tool_with_logging', description: 'Logs', run: withLogging },
  { name: 'test_logging_tool', description: 'Logs, where it was asked to', run: withLogging },
  { name: 'test_tool_with_progress', description: 'Says how far it is', run: withProgress },
  {
    name: 'json_schema_2020_12_tool',
    description: 'Takes what only JSON Schema 2020-12 can say',
    inputSchema: EVERY_KEYWORD,
    run: async () => text('taken'),
  },
  {
    name: 'test_custom_header',
    description: 'Takes an argument that a header repeats',
    inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
    run: async ({ region }) => text(`in ${String(region)}`),
  },
  {
    name: 'test_missing_capability',
    description: 'Needs a client that samples',
    run: async () => {
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    },
  },
];
