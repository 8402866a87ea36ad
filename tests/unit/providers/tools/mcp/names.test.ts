import { describe, expect, it } from 'vitest';
import { toolName } from '../../../../../src/providers/tools/mcp/names.ts';
import { Random } from '../../../../support/random.ts';
import { SEED } from '../../../../support/sizes.ts';

const named = (server: string, tool: string, servers: readonly string[] = [server]) =>
  toolName({ name: server }, tool, {
    servers: servers.map((name) => ({ name })),
    reserved: new Set(['web_search']),
  });

const LETTERS = ['a', 'b', '_', '-', '.', ' ', '/', 'é', '🪐'];

describe('the name of a tool', () => {
  it('is the server and the tool', () => {
    expect(named('files', 'read-file')).toBe('files_read-file');
    expect(named('Brave Search', 'web_search')).toBe('Brave_Search_web_search');
  });

  it('ends in a hash where it had to be changed, and is never too long', () => {
    expect(named('files', 'read/file')).toMatch(/^files_read_file_[0-9a-f]{8}$/);
    const long = named('s'.repeat(100), 't'.repeat(100));
    expect(long).toMatch(/^s{32}_t+_[0-9a-f]{8}$/);
    expect(long).toHaveLength(64);
  });

  it('is no name of a tool that agents have anyway', () => {
    expect(named('web', 'search')).toMatch(/^web_search_[0-9a-f]{8}$/);
  });

  it('differs where servers could say the same, whichever of them answers', () => {
    const servers = ['git', 'git_hub'];
    expect(named('git', 'hub_find', servers)).toBe('git_hub_find');
    expect(named('git_hub', 'find', servers)).toMatch(/^git_hub_find_[0-9a-f]{8}$/);
    expect(named('a b', 'c', ['a_b', 'a b'])).toMatch(/^a_b_c_[0-9a-f]{8}$/);
  });

  it(`fits every vendor and is given once, of any names (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const word = (): string => Array.from({ length: 1 + random.below(40) }, () => random.pick(LETTERS)).join('');
    for (let run = 0; run < 200; run += 1) {
      const servers = [...new Set(Array.from({ length: 4 }, word))];
      const tools = [...new Set(Array.from({ length: 8 }, word))];
      const names = servers.flatMap((server) => tools.map((tool) => named(server, tool, servers)));
      expect(names.filter((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
