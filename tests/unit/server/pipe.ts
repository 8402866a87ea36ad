/** The stdio edge over streams in memory and a scripted orchestrator, spoken to in raw lines. */

import { Buffer } from 'node:buffer';
import { PassThrough, type Writable } from 'node:stream';
import { expect } from 'vitest';
import type { Orchestrator } from '../../../src/core/views.ts';
import { serveOverStdio, type StdioService } from '../../../src/server/stdio.ts';
import { ScriptedOrchestrator } from './mcp/scripted.ts';
import { CALLER } from './mcp/views.ts';

export interface Answer {
  readonly jsonrpc: string;
  readonly id: string | number | null;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Pipe {
  readonly service: StdioService;
  readonly stdin: PassThrough;
  /** Every line written so far, parsed: a line that is not JSON fails the test. */
  answers(): Answer[];
  readonly warnings: string[];
  readonly scripted: ScriptedOrchestrator;
}

export async function pipe(
  orchestrator?: (scripted: ScriptedOrchestrator) => Promise<Orchestrator>,
  stdout: Writable = new PassThrough(),
): Promise<Pipe> {
  const scripted = new ScriptedOrchestrator();
  const stdin = new PassThrough();
  const chunks: Buffer[] = [];
  const warnings: string[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const service = await serveOverStdio(
    { version: '1', orchestrator: () => (orchestrator ?? (async (one) => one))(scripted), caller: CALLER, tasks: true },
    { stdin, stdout },
    {
      warn: (fields, message) =>
        warnings.push(`${message}: ${JSON.stringify(fields)} ${String((fields as { err?: unknown }).err)}`),
    },
  );
  const answers = (): Answer[] => {
    const lines = Buffer.concat(chunks).toString('utf8').split('\n');
    expect(lines.pop()).toBe('');
    return lines.map((line) => JSON.parse(line) as Answer);
  };
  return { service, stdin, answers, warnings, scripted };
}

export function request(id: number | string, method: string, params: object = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

export function notification(method: string, params: object = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;
}

export const HELLO: string =
  request(0, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'printf', version: '1' },
  }) + notification('notifications/initialized');

export function call(id: number | string, name: string, args: object): string {
  return request(id, 'tools/call', { name, arguments: args });
}

/** All answers to what is piped in, once the input has ended. */
export async function piped(...input: (string | Buffer)[]): Promise<Answer[]> {
  const one = await pipe();
  for (const part of input) one.stdin.write(part);
  one.stdin.end();
  await one.service.ended;
  return one.answers();
}

export function ids(answers: readonly Answer[]): unknown[] {
  return answers.map(({ id }) => id);
}

export const MODERN: object = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'printf', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  },
};
