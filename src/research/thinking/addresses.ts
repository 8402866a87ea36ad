/**
 * Which addresses an agent may have fetched: those it was shown, whole and letter for letter. An agent reads the user's
 * documents, so an address that a model made up could carry their words to whoever asked for them on a page.
 */

import type { Json } from '../../core/json.ts';
import { failure, type LoopTool, type ToolInput } from './loop-tool.ts';

/** The longest address the guard lets through. */
const LONGEST = 4000;

const WRITTEN = /\bhttps?:\/\/[^\s<>"`|]+/giu;
/** People leave the protocol out. Of what others wrote, only what says that it is an address is one. */
const BARE = /(?<![\w@./:-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?(?:[/?][^\s<>"`|]*)?/giu;
/** What may stand behind an address without being part of it. */
const CLOSING = /[.,;:!?'*_~)\]}\\]$/u;
/** Where an address may end in running text: a bracket of Markdown, or a script that puts no spaces between words. */
const BREAK = /[)\]}]|[^\p{ASCII}]/gu;
/** Bounds of that, so that no text costs much time. */
const MOST_READINGS = 16;
const MOST_CLOSING = 6;

export class Addresses {
  readonly #shown = new Set<string>();

  /** @param said what the user wrote, from whom an address needs no protocol */
  constructor(said: readonly string[]) {
    for (const text of said) {
      this.#add(text.matchAll(WRITTEN), '');
      this.#add(text.matchAll(BARE), 'https://');
    }
  }

  /** Notes what a result shows. What merely repeats `words` of the call that brought it is the model's own, and does not count. */
  note(text: string, words: readonly string[]): void {
    const repeats = (address: string): boolean => {
      const place = decoded(address.slice(address.indexOf('//') + 2));
      return words.some((word) => decoded(word).includes(place));
    };
    this.#add(
      Array.from(text.matchAll(WRITTEN)).filter(([address]) => !repeats(address)),
      '',
    );
  }

  hold(address: string): boolean {
    const plain = plainOf(address.trim());
    return plain !== null && this.#shown.has(plain);
  }

  #add(found: Iterable<RegExpMatchArray>, protocol: string): void {
    for (const [written] of found) {
      if (written.length > LONGEST) continue;
      for (const reading of readings(written)) {
        const plain = plainOf(protocol + reading);
        if (plain !== null) this.#shown.add(plain);
      }
    }
  }
}

/** An agent's tool that notes what it shows, and has nothing fetched that was not shown before. */
export function watched(
  tool: LoopTool,
  addresses: Addresses,
  /** Names of inputs that hold an address. */
  reaching: readonly string[] = [],
): LoopTool {
  return {
    card: tool.card,
    // Judged before anything is awaited: what else the same turn brings was not known to who asked.
    run: async (input, key) => {
      const wanted = reaching.flatMap((name) => addressIn(input, name));
      if (!wanted.every((address) => addresses.hold(address))) return refusal(tool.card.name);
      const result = await tool.run(input, key);
      // A failure may name what was asked for.
      if (!result.failed)
        addresses.note(
          result.text,
          wordsOf(input).filter((word) => !wanted.includes(word)),
        );
      return result;
    },
  };
}

/** None where there is no text: the tool itself says what it lacks. */
function addressIn(input: ToolInput, name: string): readonly string[] {
  const value = input[name];
  return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
}

function refusal(name: string) {
  return failure(
    `ADDRESS_REFUSED: ${name} takes only addresses that the task or an earlier result shows, exactly as they stand there. ` +
      'This one was not shown. Choose one that was, or search for it first.',
  );
}

/** What a person could mean by it: the whole, and parts that end where running text may end an address. */
function readings(written: string): ReadonlySet<string> {
  const breaks = Array.from(written.matchAll(BREAK), ({ index }) => index).slice(0, MOST_READINGS);
  const found = new Set<string>();
  for (const end of [written.length, ...breaks]) {
    let reading = written.slice(0, end);
    found.add(reading);
    for (let taken = 0; taken < MOST_CLOSING && CLOSING.test(reading); taken += 1) {
      reading = reading.slice(0, -1);
      found.add(reading);
    }
  }
  return found;
}

/** In the form in which equal addresses are equal: without the protocol, and the part that is never sent. Null where it is none. */
function plainOf(address: string): string | null {
  if (!/^https?:\/\//iu.test(address) || !URL.canParse(address)) return null;
  const { username, password, host, pathname, search } = new URL(address);
  const user = username === '' && password === '' ? '' : `${username}:${password}@`;
  return `${user}${host}${pathname === '/' && search === '' ? '' : pathname}${search}`;
}

function wordsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((each) => wordsOf(each ?? null));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).toLowerCase();
  } catch (error) {
    // A sign of per cent that stands for itself.
    if (error instanceof URIError) return text.toLowerCase();
    throw error;
  }
}
