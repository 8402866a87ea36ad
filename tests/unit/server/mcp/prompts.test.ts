import { describe, expect, test } from 'vitest';
import { CLIENTS } from './clients.ts';
import { connections } from './connections.ts';
import { OLDER, TASK_ID } from './views.ts';

const ARGUMENTS: readonly (readonly [prompt: string, args: Record<string, string>])[] = [
  ['deep_research', { question: 'How does a log recover?' }],
  ['compare', { things: 'WAL, rollback journal' }],
  ['literature_review', { topic: 'torn pages' }],
  ['due_diligence', { subject: 'Example GmbH' }],
];

describe.each(CLIENTS)('%s', (_name, connect) => {
  const connected = connections(connect);

  async function message(name: string, args: Record<string, string>): Promise<string> {
    const { client, opened } = await connected();
    const { messages } = await client.getPrompt({ name, arguments: args });
    expect(messages).toMatchObject([{ role: 'user', content: { type: 'text' } }]);
    expect(opened()).toBe(0);
    return messages[0]?.content.text ?? '';
  }

  test('lists the four prompts with their arguments described, and opens nothing', async () => {
    const { client, opened } = await connected();
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(ARGUMENTS.map(([name]) => name));
    for (const [index, prompt] of prompts.entries()) {
      const required = (prompt.arguments ?? []).filter((argument) => argument.required === true);
      expect(required.map(({ name }) => name)).toEqual(Object.keys(ARGUMENTS[index]?.[1] ?? {}));
      for (const argument of prompt.arguments ?? [])
        expect(argument).toHaveProperty('description', expect.stringMatching(/\w{4}/));
    }
    expect(opened()).toBe(0);
  });

  test.each(ARGUMENTS)('%s leads through the tools, to an answer cited by number', async (name, args) => {
    const text = await message(name, args);
    for (const word of [
      ...(Object.values(args)[0] ?? '').split(', '),
      'list_workflows',
      'orchestrate_research {"task":',
      'wait_seconds 45',
      'next_cursor',
      'evidence',
      'unsupported',
      'contradict',
      'missing and skipped',
      'nothing was found',
      '[1]',
    ]) {
      expect(text).toContain(word);
    }
    expect(text).not.toMatch(/undefined|null|\$\{/);
  });

  test('what was given becomes arguments of the call, as the tool takes them', async () => {
    const text = await message('deep_research', {
      question: 'Why?',
      sources: 'notes, more/notes',
      domains: 'technical,news',
      agents: '12',
    });
    const call = /orchestrate_research (\{.*?\})\./.exec(text)?.[1] ?? '';
    expect(JSON.parse(call)).toEqual({
      task: 'Why?',
      orchestrator_type: 'swarm',
      domains: ['technical', 'news'],
      agents: 12,
      sources: ['notes', 'more/notes'],
    });
  });

  test('an earlier task is read, and gone on from, before a new one is started', async () => {
    const text = await message('literature_review', { topic: 'torn pages', task_id: TASK_ID });
    expect(text).toContain(`get_result {"task_id":"${TASK_ID}"}`);
    expect(text).toContain(`resume {"task_id":"${TASK_ID}"}`);
    expect(text).toContain('"require_approval":true');
  });

  test('earlier work is looked for by the telling words of the subject', async () => {
    const text = await message('deep_research', { question: 'How does a log recover after a crash?' });
    expect(text).toContain('list_workflows {"query":"log recover"}');
    expect(await message('deep_research', { question: 'Why?' })).toContain('of the subject as query. Read');
  });

  test('an argument left empty in a form was not given', async () => {
    const text = await message('compare', { things: 'a, b', aspects: '', purpose: ' ' });
    expect(text).toMatch(/^Compare a with b\.\n/);
  });

  test.each<[string, Record<string, string>, string]>([
    ['deep_research', {}, 'question is required: a string of 1 to 20,000 characters'],
    ['compare', { things: ' ' }, 'things is required'],
    ['literature_review', { subject: 'x' }, 'unknown argument "subject"'],
    ['due_diligence', { subjekt: 'x' }, 'unknown argument "subjekt": did you mean "subject"?'],
    ['deep_research', { question: 'x', agents: 'many' }, 'agents must be a whole number from 1 to 32'],
    ['deep_research', { question: 'x', agents: '33' }, 'agents must be a whole number from 1 to 32'],
    ['deep_research', { question: 'x', pattern: 'hive' }, 'pattern must be one of "beltalowda", "swarm"'],
    [
      'deep_research',
      { question: 'x', domains: 'news, gossip' },
      'domains must be domains separated by commas, of academic',
    ],
    ['deep_resaerch', {}, 'there is no prompt "deep_resaerch". Did you mean "deep_research"?'],
    ['nothing_like_it', {}, 'There are deep_research, compare, literature_review, due_diligence.'],
  ])('%s with %j is refused, and says what is wrong', async (name, args, wrong) => {
    const { client, opened } = await connected();
    await expect(client.getPrompt({ name, arguments: args })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining(wrong) as string,
      data: { code: 'INVALID_INPUT' },
    });
    expect(opened()).toBe(0);
    expect((await client.listPrompts()).prompts).toHaveLength(4);
  });
});

describe.each(CLIENTS)('completion for the %s', (_name, connect) => {
  const connected = connections(connect);
  const STATUS_URI = { type: 'ref/resource', uri: 'orchestrator://{task_id}/status' } as const;
  const SOURCE_URI = { type: 'ref/resource', uri: 'orchestrator://{task_id}/sources/{source_id}' } as const;
  const DOCUMENT_URI = { type: 'ref/resource', uri: 'orchestrator://{task_id}/documents/{name}' } as const;
  const PROMPT = { type: 'ref/prompt', name: 'deep_research' } as const;
  const context = { arguments: { task_id: TASK_ID } };

  test.each([
    ['a task_id', { ref: STATUS_URI, argument: { name: 'task_id', value: '' } }, [TASK_ID, OLDER]],
    [
      'a task_id begun',
      { ref: STATUS_URI, argument: { name: 'task_id', value: OLDER.slice(0, -1) } },
      [TASK_ID, OLDER],
    ],
    ['a whole task_id', { ref: STATUS_URI, argument: { name: 'task_id', value: OLDER } }, [OLDER]],
    ['a source', { ref: SOURCE_URI, argument: { name: 'source_id', value: 's' }, context }, ['s1']],
    ['a document', { ref: DOCUMENT_URI, argument: { name: 'name', value: 'REP' }, context }, ['report.md']],
    ['a task_id of a prompt', { ref: PROMPT, argument: { name: 'task_id', value: 'wf_' } }, [TASK_ID, OLDER]],
    ['a pattern', { ref: PROMPT, argument: { name: 'pattern', value: 'sw' } }, ['swarm']],
    ['a domain', { ref: PROMPT, argument: { name: 'domains', value: 'te' } }, ['technical', 'text']],
    ['a second domain', { ref: PROMPT, argument: { name: 'domains', value: 'technical, te' } }, ['technical, text']],
  ])('offers what goes on from %s', async (_what, asked, values) => {
    const { client } = await connected();
    expect((await client.complete(asked)).completion).toMatchObject({ values, hasMore: false });
  });

  test.each([
    ['an id that none begins with', { ref: STATUS_URI, argument: { name: 'task_id', value: '../../etc/passwd' } }],
    ['an endless one', { ref: STATUS_URI, argument: { name: 'task_id', value: `wf_${'0'.repeat(100_000)}` } }],
    ['a source of no workflow', { ref: SOURCE_URI, argument: { name: 'source_id', value: 's' } }],
    [
      'a source of an unknown workflow',
      { ref: SOURCE_URI, argument: { name: 'source_id', value: '' }, context: { arguments: { task_id: 'nonsense' } } },
    ],
    ['an unknown part of a URI', { ref: STATUS_URI, argument: { name: 'planet', value: 'x' }, context }],
    ['an argument without choices', { ref: PROMPT, argument: { name: 'question', value: 'Wh' } }],
    ['an argument that is none', { ref: PROMPT, argument: { name: 'constructor', value: '' } }],
    ['a pattern there is not', { ref: PROMPT, argument: { name: 'pattern', value: '\0\ud800' } }],
  ])('offers nothing for %s', async (_what, asked) => {
    const { client } = await connected();
    expect((await client.complete(asked)).completion).toMatchObject({ values: [], hasMore: false });
  });

  test.each([
    ['prompt', { type: 'ref/prompt', name: 'shallow_research' } as const, 'there is no prompt "shallow_research"'],
    [
      'template',
      { type: 'ref/resource', uri: 'orchestrator://{x}' } as const,
      'no resource template is "orchestrator://{x}"',
    ],
  ])('an unknown %s is an error, and the next completion works', async (_what, ref, wrong) => {
    const { client } = await connected();
    await expect(client.complete({ ref, argument: { name: 'x', value: '' } })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining(wrong) as string,
    });
    const asked = { ref: PROMPT, argument: { name: 'pattern', value: '' } };
    expect((await client.complete(asked)).completion.values).toEqual(['beltalowda', 'swarm']);
  });

  test('opens the store only where its ids are needed', async () => {
    const { client, opened } = await connected();
    await client.complete({ ref: PROMPT, argument: { name: 'pattern', value: '' } });
    await client.complete({ ref: STATUS_URI, argument: { name: 'task_id', value: 'garbage' } });
    expect(opened()).toBe(0);
    await client.complete({ ref: STATUS_URI, argument: { name: 'task_id', value: '' } });
    expect(opened()).toBe(1);
  });

  test('says that there are more than one answer holds', async () => {
    const { client, scripted } = await connected();
    const ids = Array.from({ length: 101 }, (_, index) => `wf_${index}`);
    scripted.taskIds = async (_caller, _prefix, limit) => ids.slice(0, limit);
    const { completion } = await client.complete({ ref: STATUS_URI, argument: { name: 'task_id', value: '' } });
    expect(completion).toMatchObject({ values: ids.slice(0, 100), hasMore: true });
  });
});
