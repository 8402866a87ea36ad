/**
 * A scripted analyst behind the emulator of vendors' formats: plays every role of a workflow by its prompt, from what it is
 * shown. It searches once, quotes the passages it got, groups nothing, and writes one sentence for each claim.
 */

import type { ChatCompletionRequest, FixtureResponse } from '@copilotkit/aimock';

export const USAGE = { input_tokens: 1000, output_tokens: 100 } as const;

export const OBJECTIVES = [
  ['How the write-ahead log keeps committed data', 'write-ahead log commit'],
  ['What fsync promises and what it does not', 'fsync durability disk'],
  ['How checkpoints move changes into the database file', 'checkpoint database file'],
  ['What happens to a torn page after power loss', 'torn page power loss'],
  ['Which settings trade durability for speed', 'synchronous setting speed'],
] as const;

interface Shown {
  readonly system: string;
  readonly user: string;
  /** Results of the tools called so far. */
  readonly results: readonly string[];
}

function plain(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { readonly text?: unknown }) => (typeof part.text === 'string' ? part.text : ''))
    .join('\n');
}

function shown({ messages }: ChatCompletionRequest): Shown {
  const of = (role: string): string[] =>
    messages.filter((message) => message.role === role).map(({ content }) => plain(content));
  return { system: of('system').join('\n'), user: of('user').join('\n'), results: of('tool') };
}

/** Statements as a prompt shows them: `[belter-1.2] The log is written first.` */
function statements(text: string): readonly (readonly [id: string, statement: string])[] {
  const lines = text.matchAll(/^\[([a-z]+-?\d*\.\d+)\] (.*)$/gm);
  return Array.from(lines, ([, id = '', statement = '']) => [id, statement] as const);
}

/** The first sentence of each passage of a search, by the id of its source. */
function passages(result: string): readonly (readonly [source_id: string, sentence: string])[] {
  const found = result.matchAll(/^\[(s\d+)\][^\n]*\n([\s\S]*?)(?=\n\n\[s\d+\]|\n*$(?![\s\S]))/gm);
  return Array.from(found).flatMap(([, source_id = '', raw = '']) => {
    const sentence = /[A-Z][^.|#*`\n]{30,200}\./.exec(raw.replaceAll(/\s+/g, ' '))?.[0];
    return sentence === undefined ? [] : [[source_id, sentence] as const];
  });
}

function plan({ user }: Shown): object {
  const domains = /its domain: ([a-z, ]+)\./.exec(user)?.[1]?.split(', ') ?? [null];
  const subtasks = OBJECTIVES.map(([objective, query], at) => ({
    objective,
    boundaries: '',
    expected: 'A sentence with its source.',
    queries: [query],
    domain: domains[at % domains.length] ?? null,
  }));
  return { shape: 'survey', subtasks };
}

function belter({ user, results }: Shown): FixtureResponse {
  if (results.length === 0) {
    const query = /Searches to begin with: "([^"]+)"/.exec(user)?.[1] ?? 'durability';
    return { toolCalls: [{ name: 'search_documents', arguments: JSON.stringify({ query }) }], usage: USAGE };
  }
  const claims = passages(results[0] ?? '')
    .slice(0, 2)
    .map(([source_id, quote]) => ({ source_id, quote, statement: quote, confidence: 0.8 }));
  const note = { claims, gaps: claims.length === 0 ? ['No passage with a whole sentence.'] : [], done: true };
  return { toolCalls: [{ name: 'note', arguments: JSON.stringify(note) }], usage: USAGE };
}

function told(claims: ReturnType<typeof statements>): string {
  return claims.map(([id, statement]) => `${statement.replace(/\.$/, '')} [[${id}]].`).join(' ');
}

function answer(value: object): FixtureResponse {
  return { content: JSON.stringify(value), usage: USAGE };
}

/** What the role that this prompt belongs to answers. */
export function analyst(request: ChatCompletionRequest): FixtureResponse {
  const given = shown(request);
  const { system, user } = given;
  if (system.includes('You divide a question')) return answer(plan(given));
  if (system.includes('You are a researcher')) return belter(given);
  if (system.includes('You bring together')) return answer({ groups: [], conflicts: [] });
  const claims = statements(user);
  if (system.includes('You plan a research report')) {
    const half = Math.ceil(claims.length / 2);
    const ids = claims.map(([id]) => id);
    const sections = [
      { heading: 'What is written first', claims: ids.slice(0, half) },
      { heading: 'What follows', claims: ids.slice(half) },
    ];
    return answer({ sections: sections.filter((section) => section.claims.length > 0) });
  }
  if (system.includes('You write one section')) return answer({ prose: told(claims) });
  if (system.includes('You write the summary')) return answer({ prose: told(claims.slice(0, 2)) });
  if (system.includes('You check whether quotes')) {
    return answer({ verdicts: claims.map(([id]) => ({ id, supported: true })) });
  }
  throw new Error(`nobody plays the role of: ${system.slice(0, 200)}`);
}
