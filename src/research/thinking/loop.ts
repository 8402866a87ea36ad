/**
 * The agent loop: an objective, tools and notes. A turn asks the model, runs the tools it calls, and shows it the results,
 * until it is done or a rule ends it. Every call is journalled, so a loop that is begun again goes through the same turns
 * without buying them twice, and goes on behind the last one.
 */

import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { canonical, type Json } from '../../core/json.ts';
import { OUT_OF_BUDGET } from '../journal.ts';
import type { Message, ModelAnswer } from '../../providers/providers.ts';
import { type Asker, converse, FAILED_FOR_GOOD, type TurnAnswer } from './ask.ts';
import { cut, framed } from './frame.ts';
import { failure, type LoopTool, type ToolResult } from './loop-tool.ts';
import type { Notes } from './notes.ts';
import { MOST_SHOWN } from './outside-tool.ts';
import type { Prompt } from './prompt.ts';
import type { Shelf } from './shelf.ts';
import { fitting } from './talk.ts';

/** Turns of one agent. */
export const MOST_TURNS = 12;
/** Tool calls of one turn. */
const MOST_CALLS = 8;
/** Characters that the results of one turn show together. */
export const MOST_OF_TURN = 24_000;
/** Turns in a row that bring nothing new. */
const IDLE_TURNS = 2;
export const MOST_OUTPUT = 4_096;
/** What an agent says of what it has seen when there is no budget for more. */
export const LAST_OUTPUT = 2_048;

export interface Job {
  readonly asker: Asker;
  readonly prompt: Prompt;
  /** The user's question: part of what boundaries are made of. */
  readonly task: string;
  /** What the agent is to do, as its first message. */
  readonly brief: string;
  /** Fixed for good: nothing that is read adds one. */
  readonly tools: readonly LoopTool[];
  readonly notes: Notes;
  readonly shelf: Shelf;
  readonly clock: Clock;
  /** Milliseconds after which no further turn begins. */
  readonly limit_ms: number;
  /** Milliseconds after which nothing that is under way is waited for: what is noted is brought home, or the agent fails. */
  readonly last_ms: number;
  readonly progress: (activity: string) => void;
}

/**
 * Fills the notes. Returns why it ended before it was done, or null. A model that is slow or waited for in a queue must not take
 * the notes with it when the step's time is up: a turn that lasts too long is left behind.
 */
export async function gather(job: Job): Promise<string | null> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const release = job.clock.after(job.last_ms, () => {
    const late = 'its time was up in the middle of a turn';
    if (hasNotes(job)) resolve(late);
    else reject(new Fault('STEP_TIMEOUT', `${late}, and nothing was noted before`));
  });
  try {
    return await Promise.race([untilDone(job), promise]);
  } finally {
    release();
  }
}

function hasNotes({ notes }: Job): boolean {
  return notes.claims.length + notes.gaps.length > 0;
}

async function untilDone(job: Job): Promise<string | null> {
  const ends_at = job.clock.now() + job.limit_ms;
  const turns = new Turns(job);
  let idle = 0;
  let reminded = false;
  let noting = false;
  for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
    if (job.clock.now() >= ends_at) return `its time was up after ${turn - 1} turns`;
    let answer: TurnAnswer;
    try {
      answer = await turns.ask(turn, noting || turn === MOST_TURNS ? 'noting' : 'free');
      noting = false;
      if (answer.tool_uses.length > 0) idle = (await turns.run(turn, answer)) ? 0 : idle + 1;
    } catch (thrown) {
      const why = whyCut(thrown, job);
      if (why === OUT_OF_BUDGET && turn > 1 && !hasNotes(job)) await noteLast(turns, turn, job);
      return why;
    }
    if (job.notes.done || idle >= IDLE_TURNS) return null;
    if (answer.tool_uses.length > 0) continue;
    // What is said and not noted is lost: it is reminded once.
    if (reminded || hasNotes(job)) return null;
    reminded = true;
    noting = true;
    turns.remind();
  }
  return `its ${MOST_TURNS} turns were up`;
}

/**
 * What was paid for and not noted would be lost: one short turn may take from what merging and checking have, which code can
 * do without a model. The writer's own part stays untouched.
 */
async function noteLast(turns: Turns, turn: number, job: Job): Promise<void> {
  try {
    await turns.run(turn, await turns.ask(turn, 'last'));
  } catch (thrown) {
    whyCut(thrown, job);
  }
}

function whyCut(thrown: unknown, { asker, notes }: Job): string {
  if (asker.signal.aborted || !(thrown instanceof Fault)) throw thrown;
  if (thrown.code === 'BUDGET_EXHAUSTED') return OUT_OF_BUDGET;
  // The calls were tried again already: what is noted is worth more than beginning anew.
  if (notes.claims.length > 0 && FAILED_FOR_GOOD.has(thrown.code)) return thrown.message;
  throw thrown;
}

/** The conversation, and what was seen in it. */
class Turns {
  readonly #job: Job;
  readonly #tools: ReadonlyMap<string, LoopTool>;
  readonly #asked = new Set<string>();
  readonly #seen = new Set<string>();
  #asker: Asker;
  #messages: readonly Message[];
  #counted: TurnAnswer['counted'] = null;

  constructor(job: Job) {
    this.#job = job;
    this.#tools = new Map([...job.tools, job.notes].map((tool) => [tool.card.name, tool]));
    this.#asker = job.asker;
    this.#messages = [{ role: 'user', text: job.brief }];
  }

  /** `noting`: only to note. `last`: that, when there is no budget for another turn. */
  async ask(turn: number, how: 'free' | 'noting' | 'last'): Promise<TurnAnswer> {
    this.#messages = fitting(this.#messages, this.#asker);
    const isLast = how === 'last';
    const answer = await converse(this.#asker, {
      key: isLast ? `turn-${turn}/last` : `turn-${turn}`,
      share: isLast ? 'check' : 'research',
      prompt: this.#job.prompt,
      messages: this.#messages,
      tools: [...this.#tools.values()].map(({ card }) => card),
      tool_choice: how === 'free' ? 'auto' : { name: this.#job.notes.card.name },
      max_output_tokens: isLast ? LAST_OUTPUT : MOST_OUTPUT,
      counted: this.#counted,
    });
    if (answer.by !== this.#asker.model) {
      // What one vendor wants back unread means nothing to another.
      this.#messages = this.#messages.map((each) => (each.role === 'assistant' ? { ...each, opaque: null } : each));
      this.#asker = { ...this.#asker, model: answer.by };
    }
    this.#counted = answer.counted;
    const { text, tool_uses, opaque } = answer;
    this.#messages = [...this.#messages, { role: 'assistant', text, tool_uses, opaque }];
    return answer;
  }

  remind(): void {
    const text = 'Nothing is noted yet. Note what you found with its quotes, or what could not be found.';
    this.#messages = [...this.#messages, { role: 'user', text }];
  }

  /** Runs the tools that were called, all at once; notes after them, in order. True where anything was new or failed. */
  async run(turn: number, { tool_uses }: ModelAnswer): Promise<boolean> {
    const { notes, progress } = this.#job;
    const others = tool_uses.filter(({ name }) => name !== notes.card.name && this.#tools.has(name));
    if (others.length > 0) progress(`turn ${turn}: ${[...new Set(others.map(({ name }) => name))].join(', ')}`);
    const running = tool_uses.map(async (use, at) => {
      if (at >= MOST_CALLS) return failure(`not run: ${MOST_CALLS} calls are the most of one turn`);
      return use.name === notes.card.name ? null : this.#result(use, `turn-${turn}/${use.name}-${at + 1}`);
    });
    // None is left running when another ends the agent.
    await Promise.allSettled(running);
    const results = await Promise.all(running);
    const room = Math.min(MOST_SHOWN, Math.floor(MOST_OF_TURN / tool_uses.length));
    let fresh = false;
    for (const [at, use] of tool_uses.entries()) {
      const result = results[at] ?? (await this.#result(use, ''));
      fresh ||= result.failed || result.seen.some((name) => !this.#seen.has(name));
      for (const name of result.seen) this.#seen.add(name);
      const text = this.#shown(use.name, result, { key: `turn-${turn}/${at + 1}`, room });
      this.#messages = [...this.#messages, { role: 'tool', id: use.id, name: use.name, text, failed: result.failed }];
    }
    return fresh;
  }

  async #result(use: ModelAnswer['tool_uses'][number], key: string): Promise<ToolResult> {
    const tool = this.#tools.get(use.name);
    if (tool === undefined) return failure(`there is no such tool; there are ${[...this.#tools.keys()].join(', ')}`);
    if (use.input === null) return failure('the input is not a JSON object');
    const query = canonical([use.name, plainQuery(use.input)]);
    if (this.#asked.has(query))
      return { text: 'Asked already: the result stands above.', outside: false, failed: false, brought: [], seen: [] };
    this.#asked.add(query);
    const result = await tool.run(use.input, key);
    if (result.failed) this.#asked.delete(query);
    return result;
  }

  /** A result as the model reads it: what comes from outside framed, with the ids of what it can quote. */
  #shown(name: string, result: ToolResult, { key, room }: { readonly key: string; readonly room: number }): string {
    const texts = result.brought.map((brought) => {
      const { source_id, title, characters } = this.#job.shelf.add(brought);
      return `${source_id}: ${title} (${characters} characters)`;
    });
    const body = cut(result.text, room, texts.length === 0 ? '' : ', to be opened with read_source');
    const quotable = texts.length === 0 ? '' : `\nTo be quoted as, in this order:\n${cut(texts.join('\n'), room, '')}`;
    return result.outside ? framed(body + quotable, { task: this.#job.task, key, what: name }) : body;
  }
}

/** An address, or a path: another case is another page there. */
const ADDRESS = /^\s*(?:[a-z][a-z\d+.-]*:\/\/|\/|www\.)\S*\s*$/i;

/** The same words in another case, or with other spaces, are the same query; addresses are as they stand. */
function plainQuery(value: Json): Json {
  if (typeof value === 'string' && ADDRESS.test(value)) return value.trim();
  if (typeof value === 'string') return value.toLowerCase().replaceAll(/\s+/g, ' ').trim();
  if (Array.isArray(value)) return value.map(plainQuery);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainQuery(each ?? null)]));
}
