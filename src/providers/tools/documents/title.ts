/** What to call a document. */

const LONGEST = 200;

/** The title the document gives itself, else its file name made readable: `wal-and_fsync.md` becomes "Wal and fsync". */
export function titleOf(stated: string | null, name: string): string {
  const clean = (stated ?? '').replaceAll(/\s+/gu, ' ').trim();
  if (clean !== '') return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST - 1).trimEnd()}…`;
  const stem = name.replace(/(?<=.)\.[^.]+$/u, '');
  const words = stem
    .replaceAll(/[_+]+|(?<=\D)-+|-+(?=\D)/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}
