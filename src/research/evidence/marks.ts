/**
 * The brackets of a model's prose. Only marks of claims may keep theirs: whatever else stands in brackets would be read as a
 * mark, by the code that numbers sources or by a person.
 */

const ID = /^[a-z][\w-]*\.\w+$/i;
const IN_DOUBLE = /\[\[(?<inner>[^\][]*)\]\]/g;
/** Brackets that read like a mark, in the width of other scripts too. */
const OPENING = '[［【〔';
const CLOSING = ']］】〕';
const CITATION = String.raw`\\?[${OPENING}]\s*\p{Nd}{1,3}(?:\s*[,;–-]\s*\p{Nd}{1,3})*\s*\\?[\]］】〕]`;
const LONE = new RegExp(String.raw`(?<mark>\[\[[^\s\][]+\]\])|${CITATION}|\\?(?<bracket>[[\]［］【】〔〕])`, 'gu');
const CITED = new RegExp(String.raw` ?${CITATION}`, 'gu');

/**
 * One mark for each id of a mark of several, none for what names no claim (`[[see above]]`); the footnote numbers of a source
 * (`[3]`) go, as they mean nothing here, and other brackets become round ones.
 */
export function canonicalMarks(prose: string): string {
  return prose
    .replaceAll(IN_DOUBLE, (_all, inner: string) => marksOf(inner))
    .replaceAll(LONE, (_all, mark: string | undefined, bracket: string | undefined) => {
      if (mark !== undefined) return mark;
      return bracket === undefined ? '' : CLOSING.includes(bracket) ? ')' : '(';
    });
}

/** A statement without footnote numbers, which would be read as numbers of this report's sources; `held` may say its own again. */
export function withoutCitations(statement: string, held: string): string {
  return statement.replaceAll(CITED, (citation) => (held.includes(citation.trim()) ? citation : '')).trim();
}

/** A single word is kept whatever it is: its writer is told that there is no such claim. */
function marksOf(inner: string): string {
  const words = inner.split(/[\s,;]+/).filter((word) => word !== '');
  const short = words.filter(({ length }) => length <= LONGEST);
  const ids = words.length === 1 ? short : short.filter((word) => ID.test(word));
  return ids.map((id) => `[[${id}]]`).join(' ');
}

const LONGEST = 80;
