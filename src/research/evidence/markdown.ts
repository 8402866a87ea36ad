/**
 * Text of a source inside our Markdown. What a document says must not become our markup: not a citation mark, not a link,
 * not HTML, not a line of its own.
 */

/** One line, with every character escaped that Markdown would read as markup there; plain prose stays as it is. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll('\\', '\\\\')
    .replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`)
    .replaceAll(/<(?=[a-z/!?])/gi, '\\<')
    .replaceAll('`', '\\`')
    .replaceAll(/\*(?=\S)|(?<=\S)\*/g, '\\*')
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll(/~~/g, '\\~~');
}

/** Numbers of the citation marks in a text, in their order: `[3]`, unless escaped. */
export function citationMarks(text: string): readonly number[] {
  return Array.from(text.matchAll(/(?<!\\)\[(\d+)\]/g), (match) => Number(match[1]));
}
