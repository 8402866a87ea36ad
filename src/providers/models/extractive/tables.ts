/** Rows of tables, as CSV and as Markdown, made readable with the names of their columns. */

/** One named value of a row made readable. */
export interface Cell {
  readonly name: string;
  readonly value: string;
}

/** The cells of a text that is a row made readable (`column: cell; column: cell`), or null for a sentence. */
export function cellsOf(text: string): readonly Cell[] | null {
  const parts = text.split('; ');
  const cells = parts.map((part) => /^(?<name>[^:;]{1,40}): (?<value>\S.*)$/u.exec(part)?.groups);
  if (parts.length < 2 || cells.some((cell) => cell === undefined)) return null;
  return cells.map((cell) => ({ name: cell?.['name'] ?? '', value: cell?.['value'] ?? '' }));
}

/** Whether a text is a row or record made readable, even one whose cells hold semicolons. */
export function readsAsRow(text: string): boolean {
  return cellsOf(text) !== null || /^[^:;.]{1,40}: [^;]{1,80}; [^:;.]{1,40}: \S/u.test(text);
}

interface Row {
  readonly start: number;
  readonly end: number;
  readonly cells: readonly string[];
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Cells shown of one row; a wider row is unreadable as a sentence. */
const MOST_CELLS = 12;

/** A Markdown table row: it begins and ends with a pipe. */
export function isTableLine(line: string): boolean {
  return /^\s*\|.*\|\s*$/.test(line);
}

/** The line of dashes under a Markdown table's head. */
export function isTableRule(line: string): boolean {
  return /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/.test(line) && line.includes('|');
}

/** Records of a stretch of CSV with their offsets; line breaks inside quotation marks do not end one. */
export function csvRecords(raw: string): readonly Row[] {
  const delimiter = delimiterOf(raw);
  const rows: Row[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at <= raw.length; at += 1) {
    const character = raw[at];
    if (character === '"') quoted = !quoted;
    const ends = character === undefined || (character === '\n' && !quoted);
    if (!ends) continue;
    const line = raw.slice(start, at);
    const body = line.trimEnd();
    if (body.trim() !== '') {
      const indent = body.length - body.trimStart().length;
      rows.push({ start: start + indent, end: start + body.length, cells: csvCells(body.trimStart(), delimiter) });
    }
    start = at + 1;
  }
  return rows;
}

function delimiterOf(raw: string): string {
  const line = raw.split('\n', 1)[0] ?? '';
  const outside = line.replaceAll(/"[^"]*"/g, '');
  let best: string = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const count = outside.split(delimiter).length - 1;
    if (count > most) {
      most = count;
      best = delimiter;
    }
  }
  return best;
}

function csvCells(line: string, delimiter: string): readonly string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (character === '"' && quoted && line[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') {
      quoted = !quoted;
    } else if (character === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else {
      cell += character;
    }
  }
  return [...cells, cell].map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

/** Cells of a Markdown row; `masked` is the same line without markup, the pipes are found in the raw one. */
export function markdownCells(raw: string, masked: string): readonly string[] {
  const cells: string[] = [];
  let start = 0;
  for (let at = 0; at <= raw.length; at += 1) {
    if (at < raw.length && (raw[at] !== '|' || raw[at - 1] === '\\')) continue;
    cells.push(masked.slice(start, at).replaceAll(/\s+/g, ' ').trim());
    start = at + 1;
  }
  const opens = raw.startsWith('|') ? 1 : 0;
  return cells.slice(opens, cells.length > 1 && raw.endsWith('|') ? -1 : undefined);
}

/** Column names of the Markdown table a row stands in: the line above the rule, or none when the passage lacks it. */
export function markdownColumns(raw: string, masked: string): readonly string[] {
  let before: readonly [start: number, end: number] | null = null;
  let start = 0;
  for (const line of raw.split('\n')) {
    const end = start + line.length;
    if (isTableRule(line) && before !== null) {
      const [from, to] = before;
      return markdownCells(raw.slice(from, to).trim(), masked.slice(from, to).trim());
    }
    before = [start, end];
    start = end + 1;
  }
  return [];
}

/** Column names from a heading: the last step of its path, split at commas. */
export function headingColumns(heading: string): readonly string[] {
  const last = heading.split(' › ').at(-1) ?? '';
  return last === '' ? [] : last.split(', ').map((name) => name.trim());
}

/** `city: Berlin; population: 3.7 million`; without fitting names the cells alone. Empty cells are left out. */
export function readableRow(cells: readonly string[], columns: readonly string[]): string {
  // A table whose corner is empty has one name less: its first cell names the row.
  const whole = columns.length > cells.length ? withCommas(columns) : columns;
  const names = whole.length === cells.length - 1 ? ['', ...whole] : whole;
  const isNamed = names.length === cells.length;
  return cells
    .map((cell, index) => ({ cell, name: isNamed ? (names[index] ?? '') : '' }))
    .filter(({ cell }) => cell !== '')
    .slice(0, MOST_CELLS)
    .map(({ cell, name }) => (name === '' ? cell : `${name}: ${cell}`))
    .join(isNamed ? '; ' : ' – ');
}

/** A path of column names parts "First answer, severity 1" in two: what begins in lower case goes on from the name before. */
function withCommas(columns: readonly string[]): readonly string[] {
  return columns.reduce<readonly string[]>((names, name) => {
    const last = names.at(-1);
    return last !== undefined && /^\p{Ll}/u.test(name) ? [...names.slice(0, -1), `${last}, ${name}`] : [...names, name];
  }, []);
}
