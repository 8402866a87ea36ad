import { expect, test } from 'vitest';
import { isNear, type ToolServer } from '../../../src/core/tool-server.ts';

const ANY = { name: 'sea', tools: null, timeout_seconds: 60, domains: null } as const;

function at(url: string): ToolServer {
  return { ...ANY, kind: 'remote', url, headers: {} };
}

test('a server is near where it is started here, or reached on this machine', () => {
  expect(isNear({ ...ANY, kind: 'local', command: 'sea', args: [], env: {}, cwd: null })).toBe(true);
  for (const host of ['localhost', '127.0.0.1', '127.8.0.9', '[::1]'])
    expect(isNear(at(`http://${host}:8080/mcp`))).toBe(true);
  for (const host of ['localhost.example', '128.0.0.1', '127.0.0.1.example', '10.0.0.1', '[::2]']) {
    expect(isNear(at(`https://${host}/mcp`))).toBe(false);
  }
});
