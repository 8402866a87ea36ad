/**
 * The brackets of a model's prose. Only marks of claims may keep theirs: whatever else stands in brackets would be read as a
 * mark, by the code that numbers sources or by a person.
 */

const ID = /^[a-z][\w-]*\.\w+$/i;
const IN_DOUBLE = /\[\[(?<inner>[^\][]*)\]\]/g;
const LONE = /(?<mark>\[\[[^\s\][]+\]\])|\\?\[\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*\\?\]|\\?(?<bracket>[[\]])/g;

/**
 * One mark for each id of a mark of several, none for what names no claim (`[[see above]]`); the footnote numbers of a source
 * (`[3]`) go, as they mean nothing here, and other brackets become round ones.
 */
export function canonicalMarks(prose: string): string {
  return prose
    .replaceAll(IN_DOUBLE, (_all, inner: string) => marksOf(inner))
    .replaceAll(LONE, (_all, mark: string | undefined, bracket: string | undefined) => {
      if (mark !== undefined) return mark;
      return bracket === undefined ? '' : bracket === '[' ? '(' : ')';
    });
}

/** A single word is kept whatever it is: its writer is told that there is no such claim. */
function marksOf(inner: string): string {
  const words = inner.split(/[\s,;]+/).filter((word) => word !== '');
  const ids =
    words.length === 1 ? words.filter(({ length }) => length <= LONGEST) : words.filter((word) => ID.test(word));
  return ids.map((id) => `[[${id}]]`).join(' ');
}

const LONGEST = 80;
