import { describe, expect, it } from 'vitest';
import type { ToolServer } from '../../../../../src/core/tool-server.ts';
import { Told } from '../../../../../src/providers/tools/mcp/told.ts';
import { local, remote, serving } from '../../../../support/served.ts';

const told = (server: ToolServer) => new Told(server, () => undefined);
const PEM = '-----BEGIN KEY-----\nMIIabcdef\n-----END KEY-----';

describe('what a server says is told without', () => {
  it.each<[string, ToolServer, [said: string, told: string]]>([
    ['a value', local('a', [], { env: { KEY: 'sesame' } }), ['no sesame', 'no [KEY]']],
    [
      'the longer of two values that begin alike',
      local('a', [], { env: { A: 'abcd', B: 'abcdefgh' } }),
      ['x abcdefgh', 'x [B]'],
    ],
    ['a line of a value', local('a', [], { env: { KEY: PEM } }), ['MIIabcdef', '[KEY]']],
    ['a value of two lines', remote('a', 'https://b', { K: 'Bearer ses\name' }), ['bad Bearer ses\name', 'bad [K]']],
    ['a token without its scheme', remote('a', 'https://b', { K: 'Bearer sesame' }), ['bad sesame', 'bad [K]']],
    [
      'what an address asks with',
      remote('a', 'https://b/?k=sesame'),
      ['sesame at b/?k=sesame', '[address] at b/[address]'],
    ],
    ['an argument that is a key', local('a', ['--api-key=sesame']), ['--api-key=sesame', '--api-key=[--api-key]']],
    [
      'an argument after such a switch',
      local('a', ['--token', 'sesame', 'plain']),
      ['sesame plain', '[--token] plain'],
    ],
    [
      'a header among arguments',
      local('a', ['--header', 'Authorization: Bearer sesame']),
      ['sesame', '[Authorization]'],
    ],
    ['a password in an argument', local('a', ['postgres://bob:sesame@b/c']), ['sesame at b', '[password] at b']],
  ])('%s', (_what, server, [said, expected]) => {
    expect(told(server).reason(new Error(said), null)).toBe(expected);
  });

  it('half of a value where it is cut', () => {
    const key = 'k'.repeat(700);
    const words = told(local('a', [], { env: { KEY: key } }));
    words.said(`${'-'.repeat(450)}${key}`);
    expect(words.withLast('')).not.toContain('k');
    expect(words.reason(new Error(`${'-'.repeat(350)}${key}`), null)).not.toContain('k');
  });

  it('a long value that a program prints on either side', async () => {
    const script = 'console.error(process.env.KEY); console.log(process.env.KEY); process.exit(1)';
    const service = serving([local('a', ['-e', script], { env: { KEY: 'sesame'.repeat(100) } })]);
    const [state] = await service.servers.states();
    expect(state?.wrong.join(' ')).toContain('[KEY]');
    expect([...(state?.wrong ?? []), ...service.log].join('\n')).not.toContain('sesame');
  });
});
