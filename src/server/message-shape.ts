/**
 * What a JSON text would become, before it is parsed. A few megabytes of brackets are a few hundred megabytes of objects,
 * and whoever checks them walks them all; no message of the protocol comes near these limits.
 */

/** Objects and lists inside each other. A batch of calls with a plan in each has seven. */
export const MAX_DEPTH = 64;
/** Members and items in all. A full batch of calls that name a hundred sources each has some 11,000. */
export const MAX_VALUES = 20_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Says what is too much about the text; null when it may be parsed. Text that is no JSON gets an answer as well. */
export function excess(text: string): string | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values += 1;
    else if (OPENING.has(code)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.has(code)) depth -= 1;
    if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} levels deep`;
    if (values > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  }
  return null;
}

/** Where the string that begins here ends; the end of the text when it does not. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
