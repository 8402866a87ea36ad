/** The date a document states of itself: never the file system's, which copying changes. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';

const ISO = /(?<!\d)((?:19|20)\d\d)(?:[-/.](0?[1-9]|1[0-2])(?:[-/.](0?[1-9]|[12]\d|3[01]))?)?(?!\d)/u;
const DAY_FIRST = new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?\\s+${MONTH},?\\s+((?:19|20)\\d\\d)(?!\\d)`, 'iu');
const MONTH_FIRST = new RegExp(`\\b${MONTH}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+((?:19|20)\\d\\d)(?!\\d)`, 'iu');
const MONTH_YEAR = new RegExp(`\\b${MONTH}\\s+((?:19|20)\\d\\d)(?!\\d)`, 'iu');
const COMPACT = /(?<![\da-z])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?![\da-z])/iu;

const LABELLED =
  /^[\s*_>#|(-]*(?:date|dated|last[ -]?(?:updated|modified|revised|reviewed|changed)|updated|published|posted|revised|as of|release[d]?(?: date)?|publication date|version date|effective(?: date)?)\b[*_\s]*(?::|\bon\b|—|–|-|\s)\s*[*_]*(.{4,60})/iu;

/** How many lines from the top a "Last updated" line is looked for. */
const HEAD_LINES = 20;

/** The first date in a short phrase, in the precision given: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; null when none. */
export function parseDate(phrase: string): string | null {
  const spelt = speltDate(phrase);
  if (spelt !== null) return spelt;
  const compact = COMPACT.exec(phrase);
  if (compact !== null) return iso(compact[1], compact[2], compact[3]);
  const found = ISO.exec(phrase);
  return found === null ? null : iso(found[1], found[2], found[3]);
}

function speltDate(phrase: string): string | null {
  const dayFirst = DAY_FIRST.exec(phrase);
  if (dayFirst !== null) return iso(dayFirst[3], monthNumber(dayFirst[2]), dayFirst[1]);
  const monthFirst = MONTH_FIRST.exec(phrase);
  if (monthFirst !== null) return iso(monthFirst[3], monthNumber(monthFirst[1]), monthFirst[2]);
  const monthYear = MONTH_YEAR.exec(phrase);
  return monthYear === null ? null : iso(monthYear[2], monthNumber(monthYear[1]), undefined);
}

function monthNumber(name: string | undefined): string {
  return String(MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1);
}

function iso(year: string | undefined, month: string | undefined, day: string | undefined): string | null {
  if (year === undefined) return null;
  if (month === undefined) return year;
  const yearMonth = `${year}-${month.padStart(2, '0')}`;
  if (day === undefined || Number(day) < 1 || Number(day) > 31) return yearMonth;
  const date = `${yearMonth}-${day.padStart(2, '0')}`;
  const real = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(real.getTime()) && real.toISOString().startsWith(date) ? date : yearMonth;
}

/** A date given by a labelled line ("Last updated: 3 May 2024") among the first lines, else null. */
export function dateInOpening(text: string): string | null {
  for (const line of text.slice(0, 4000).split(/\r\n|[\n\r\f]/u, HEAD_LINES)) {
    const labelled = LABELLED.exec(line);
    const date = labelled === null ? null : parseDate(labelled[1] ?? '');
    if (date !== null) return date;
  }
  return null;
}

/** A date in a file name: `report-2024-03.md`, `minutes_20240315.txt`, `2023.pdf`. Not part of a longer number or word. */
export function dateInName(name: string): string | null {
  const stem = name.replace(/\.[a-z0-9]{1,8}$/iu, '').replaceAll('_', '-');
  const compact = COMPACT.exec(stem);
  if (compact !== null) return iso(compact[1], compact[2], compact[3]);
  const match = /(?<![\da-z.])((?:19|20)\d\d)(?:[-.](0[1-9]|1[0-2])(?:[-.](0[1-9]|[12]\d|3[01]))?)?(?![\da-z])/iu.exec(
    stem,
  );
  return match === null ? null : iso(match[1], match[2], match[3]);
}

/** A date from a PDF's metadata (`D:20240315…`) or an ISO timestamp, else null. */
export function dateInMetadata(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const match = /^(?:D:)?((?:19|20)\d\d)-?(0[1-9]|1[0-2])?-?(0[1-9]|[12]\d|3[01])?/u.exec(value.trim());
  return match === null ? null : iso(match[1], match[2], match[3]);
}
