/** What a tool of the conformance suites is: they ask for it by its name, and say what it must answer. */

import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  StandardSchemaWithJSON,
} from '@modelcontextprotocol/server';
import type { Members } from '../../src/server/mcp/members.ts';

export type Answer = CallToolResult | InputRequiredResult;

export interface FixtureTool {
  readonly name: string;
  readonly description: string;
  /** No arguments unless told. */
  readonly inputSchema?: StandardSchemaWithJSON;
  readonly run: (args: Members, context: ServerContext) => Promise<Answer>;
}

export function text(...lines: readonly string[]): CallToolResult {
  return { content: lines.map((line) => ({ type: 'text', text: line })) };
}

/** One red pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** Two samples of silence. */
export const WAV: string = Buffer.concat([
  Buffer.from('RIFF\u0028\0\0\0WAVEfmt \u0010\0\0\0\u0001\0\u0001\0', 'latin1'),
  Buffer.from('401f0000803e00000200100064617461', 'hex'),
  Buffer.from('0400000000000000', 'hex'),
]).toString('base64');
