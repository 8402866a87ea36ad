/** Facts one below the other, and rows below each other: for a person as wide as the window, in a pipe one a line. */

import type { Look } from './style.ts';
import { paints, signs } from './style.ts';
import type { Terminal } from './terminal.ts';
import { fit, oneLine, truncate, width } from './width.ts';
import { wrap } from './wrap.ts';

const WIDEST = 120;
const NAMES_LEAST = 10;

/** Cells a page of text takes. */
export function pageWidth(terminal: Terminal): number {
  return Math.min(WIDEST, terminal.columns) - 1;
}

export type Fact = readonly [name: string, value: string];

/** `  name        value`, the values in one column. In a pipe a fact is one line, whole for whoever searches in it. */
export function factText(terminal: Terminal, facts: readonly Fact[]): string {
  const cells = Math.max(NAMES_LEAST, ...facts.map(([name]) => width(name)));
  const page = {
    width: terminal.stdoutIsTTY ? pageWidth(terminal) : Infinity,
    paint: paints(terminal.color.out),
  };
  const lines = facts.flatMap(([name, value]) => {
    const first = `  ${name.padEnd(cells)}  `;
    return wrap([{ text: oneLine(value), look: null }], { ...page, first, rest: ' '.repeat(first.length) });
  });
  return lines.map((line) => `${line}\n`).join('');
}

export interface Column {
  readonly heading: string;
  readonly right?: boolean;
  readonly look?: (cell: string) => Look | null;
}

export interface Row {
  readonly cells: readonly string[];
  /** Told below the row, each on a line of its own. */
  readonly notes?: readonly string[];
}

/** Lines the last cell of a row may take. */
const MOST_LINES = 2;

/**
 * A table for a person: columns as wide as their widest cell, the last one wrapped at the edge of the window. In a pipe:
 * the same cells separated by tabs, whole and without headings, for programs.
 */
export function tableText(terminal: Terminal, columns: readonly Column[], rows: readonly Row[]): string {
  const clean = rows.map(({ cells, notes = [] }) => ({ cells: cells.map(oneLine), notes: notes.map(oneLine) }));
  if (!terminal.stdoutIsTTY) return clean.map(({ cells, notes }) => `${[...cells, ...notes].join('\t')}\n`).join('');
  const paint = paints(terminal.color.out);
  const { ellipsis } = signs(terminal.unicode);
  const front = columns.slice(0, -1);
  const widths = front.map(({ heading }, at) =>
    Math.max(width(heading), ...clean.map(({ cells }) => width(cells[at] ?? ''))),
  );
  const indent = widths.reduce((sum, cells) => sum + cells + 2, 0);
  const room = Math.max(8, pageWidth(terminal) - indent);
  const line = (cells: readonly string[], lookOf: (at: number) => Look | null): string => {
    const painted = (at: number, text: string): string => {
      const look = lookOf(at);
      return look === null ? text : paint(look, text);
    };
    const before = widths.map((cellCount, at) => painted(at, filled(cells[at] ?? '', cellCount, front[at])));
    const [first = '', ...rest] = cellLines(cells[front.length] ?? '', room, ellipsis);
    const last = [
      painted(front.length, first),
      ...rest.map((text) => ' '.repeat(indent) + painted(front.length, text)),
    ];
    return [...before, last.join('\n')].join('  ').trimEnd();
  };
  const headings = columns.map(({ heading }) => heading);
  const lines = clean.flatMap(({ cells, notes }) => [
    line(cells, (at) => columns[at]?.look?.(cells[at] ?? '') ?? null),
    ...notes.map((text) => `    ${paint('faint', truncate(text, pageWidth(terminal) - 4, ellipsis))}`),
  ]);
  return [line(headings, () => 'strong'), ...lines].map((text) => `${text}\n`).join('');
}

/** At most so many lines; what does not fit is cut from the last one. */
function cellLines(text: string, room: number, ellipsis: string): readonly string[] {
  const lines = wrap([{ text, look: null }], { width: room, paint: (_look, plain) => plain });
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), truncate(lines.slice(MOST_LINES - 1).join(' '), room, ellipsis)];
}

function filled(cell: string, cells: number, column: Column | undefined): string {
  return column?.right === true ? ' '.repeat(Math.max(0, cells - width(cell))) + cell : fit(cell, cells);
}
