/** From the blocks taken out of a rendered format (HTML, DOCX) to a stored text: clean blocks, a blank line between two. */

import type { Layout } from '../../../../core/source.ts';
import { buildLayout, GROW, headingTrail, type Block } from '../layout.ts';

/** A block as it was found, with its spaces already put in order. */
export interface ExtractedBlock {
  readonly kind: 'heading' | 'prose' | 'item' | 'row' | 'code';
  readonly text: string;
  /** Of a heading, 1 to 6. */
  readonly level: number;
  /** Of a row: the names of the table's columns, if it has any. */
  readonly columns: readonly string[];
  /** Ascending offsets in `text` at which a new line of the original begins, and that line's number. */
  readonly lines: readonly { readonly offset: number; readonly line: number }[];
}

const BETWEEN_BLOCKS = '\n\n';

const GROWTH: Readonly<Record<ExtractedBlock['kind'], number>> = {
  heading: GROW.alone,
  prose: GROW.prose,
  item: GROW.item,
  row: GROW.alone,
  code: GROW.alone,
};

/** Joins the blocks. Places are lines of the original file, or the blocks themselves as paragraphs. */
export function assemble(
  found: readonly ExtractedBlock[],
  place: 'line' | 'paragraph',
): { readonly text: string; readonly layout: Layout } {
  const trail = headingTrail();
  const parts: string[] = [];
  const blocks: Block[] = [];
  const placeStarts: number[] = [];
  let columns: readonly string[] = [];
  let underColumns = -1;
  let at = 0;
  for (const block of found) {
    if (parts.length > 0) at += BETWEEN_BLOCKS.length;
    if (place === 'paragraph') placeStarts.push(at);
    else for (const { offset, line } of block.lines) fillLines(placeStarts, line, at + offset);
    if (block.kind === 'heading') trail.enter(block.level, block.text);
    if (block.kind === 'row' && block.columns !== columns) {
      underColumns = block.columns.length === 0 ? trail.current() : trail.below(block.columns.join(', '));
    }
    columns = block.kind === 'row' ? block.columns : [];
    if (block.kind !== 'heading') {
      const heading = block.kind === 'row' ? underColumns : trail.current();
      const cut = block.kind === 'code' ? 'line' : 'sentence';
      blocks.push({ start: at, end: at + block.text.length, heading, grow: GROWTH[block.kind], cut });
    }
    parts.push(block.text);
    at += block.text.length;
  }
  const text = parts.join(BETWEEN_BLOCKS);
  if (placeStarts.length === 0) placeStarts.push(0);
  return { text, layout: buildLayout({ text, place, placeStarts, headings: trail.headings, blocks, blanks: [] }) };
}

/** Lines that hold no text of their own begin where the next text does: the last of equal starts is the line found. */
function fillLines(placeStarts: number[], line: number, offset: number): void {
  if (placeStarts.length === 0) placeStarts.push(0);
  while (placeStarts.length < line) placeStarts.push(offset);
}
