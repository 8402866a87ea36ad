/** JSON as people write it by hand: a mistake is told with its line and column, and a key that stands twice is one. */

import type { Json } from '../core/json.ts';

/** Where reading stopped, both from 1, columns in characters; and why, in words. */
export interface JsonMistake {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

/** The value of a JSON text (RFC 8259), or the first mistake in it. */
export function parseJson(text: string): { readonly value: Json } | { readonly mistake: JsonMistake } {
  try {
    return { value: new Reader(text).document() };
  } catch (thrown) {
    if (!(thrown instanceof Unexpected)) throw thrown;
    const before = text.slice(0, thrown.at).split(/\r\n|\n|\r/);
    const column = Array.from(before.at(-1) ?? '').length + 1;
    return { mistake: { line: before.length, column, what: thrown.message } };
  }
}

class Unexpected extends Error {
  readonly at: number;
  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

const SPACE = /[ \t\r\n]*/y;
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z]+/y;
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
/** No setting is nested deeper; a recursion without a limit would end the process. */
const DEEPEST = 50;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value();
    if (this.#at < this.#text.length) this.#fail('nothing more was expected here');
    return value;
  }

  /** A value and the white space around it. */
  #value(): Json {
    this.#take(SPACE);
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#fail('this is nested too deeply');
    const value = this.#bare();
    this.#depth -= 1;
    this.#take(SPACE);
    return value;
  }

  #bare(): Json {
    const next = this.#text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#array();
    if (next === '"') return this.#string();
    const number = this.#take(NUMBER);
    if (number !== '') return Number(number);
    const start = this.#at;
    const word = WORDS.get(this.#take(WORD));
    if (word !== undefined) return word;
    this.#at = start;
    return this.#fail(next === undefined ? 'a value was expected, and the text ends' : 'a value was expected');
  }

  #object(): Json {
    const members = new Map<string, Json>();
    this.#at += 1;
    this.#take(SPACE);
    while (this.#text[this.#at] !== '}' || members.size > 0) {
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail('a key in double quotes was expected');
      const key = this.#string();
      if (members.has(key)) this.#fail(`the key ${JSON.stringify(key)} stands here a second time`, start);
      this.#take(SPACE);
      if (this.#text[this.#at] !== ':') this.#fail('":" was expected after the key');
      this.#at += 1;
      members.set(key, this.#value());
      if (this.#closes('}')) return Object.fromEntries(members);
      this.#take(SPACE);
    }
    this.#at += 1;
    return {};
  }

  #array(): Json {
    const items: Json[] = [];
    this.#at += 1;
    this.#take(SPACE);
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return items;
    }
    do items.push(this.#value());
    while (!this.#closes(']'));
    return items;
  }

  /** Takes what ends the object or array, or the comma before its next member. */
  #closes(end: string): boolean {
    const next = this.#text[this.#at];
    if (next !== ',' && next !== end) this.#fail(`"," or "${end}" was expected`);
    this.#at += 1;
    return next === end;
  }

  #string(): string {
    const taken = this.#take(STRING);
    if (taken !== '') return String(JSON.parse(taken));
    return this.#fail('this text in double quotes is not closed, or holds a character that has to be escaped');
  }

  #take(form: RegExp): string {
    form.lastIndex = this.#at;
    const taken = form.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  #fail(what: string, at = this.#at): never {
    throw new Unexpected(what, at);
  }
}
