/**
 * Text of a source inside our Markdown. What a document says must not become our markup: not a citation mark, not a link
 * that says one thing and leads to another, not HTML, not a line of its own. A bare address stays one.
 */

/** Controls that turn the writing direction round: with them a text can show other words than it holds. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;

/** One line, with every character escaped that Markdown would read as markup there; plain prose stays as it is. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(DIRECTION, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replaceAll('\\', '\\\\')
    .replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`)
    .replaceAll(/<(?=[a-z/!?])/gi, '\\<')
    .replaceAll('`', '\\`')
    .replaceAll(/\*(?=\S)|(?<=\S)\*/g, '\\*')
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll('~', (sign, at: number, all: string) => (all.includes('~', at + 1) ? `\\${sign}` : sign))
    .replaceAll(/&(?=#?[a-z0-9]+;)/gi, '\\&');
}

/** At the beginning of a line these would make a heading, a quote, a list or a rule. */
const LEADING_MARKUP = /^(#{1,6}(?= |$)|>|[-+*](?= |$)|-{2,} *$|=+ *$)/;
const LEADING_NUMBER = /^(\d{1,9})([.)])(?= |$)/;

/** The same for text that begins a line or a list item. */
export function escapeLine(text: string): string {
  return escapeMarkdown(text).replace(LEADING_MARKUP, '\\$1').replace(LEADING_NUMBER, '$1\\$2');
}

/**
 * Addresses as renderers make links of them: with a scheme, of the web, of mail, or a domain with a path. A domain alone is a name
 * as well (`Booking.com`, `ASP.NET`), and stays. Every quantifier before a sign that may be missing is bounded: without, a text
 * of points or dashes is read from each of its characters to its end.
 */
const ADDRESS = new RegExp(
  [
    String.raw`\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>[\]]+`,
    String.raw`\b(?:javascript|data|mailto|vbscript|file):[^\s<>[\]]+`,
    String.raw`\bwww\.[^\s<>[\]]+`,
    String.raw`[^\s<>[\]()@]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}`,
    String.raw`\b(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|io|dev|app|info|biz|co|ai|xyz|ru|cn|de|uk|me|ly|eu|site|online|top|link)\/[^\s<>[\]]*`,
  ].join('|'),
  'giu',
);

/**
 * What a model writes leads nowhere: places are named by the list of sources alone. Controls that hide text go too. `held`: words
 * of a source, whose addresses may be said again.
 */
export function withoutAddresses(text: string, held = ''): string {
  return text
    .replaceAll(DIRECTION, '')
    .replaceAll(ADDRESS, (address) => (held.includes(address) ? address : '(address left out)'));
}

/** Numbers of the citation marks in a text, in their order: `[3]`, unless escaped. */
export function citationMarks(text: string): readonly number[] {
  return Array.from(text.matchAll(/(?<!\\)\[(\d+)\]/g), (match) => Number(match[1]));
}
