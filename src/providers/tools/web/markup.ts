/** Small pieces of markup in answers of interfaces, to plain text. */

import { seen } from './characters.ts';

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x[\da-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos|nbsp);/giu, (entity) => {
    const name = entity.slice(1, -1).toLowerCase();
    if (!name.startsWith('#')) return NAMED[name] ?? entity;
    const point = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
      ? String.fromCodePoint(point)
      : '\ufffd';
  });
}

/** One line: tags out, entities read, spaces in order, nothing unseen. */
export function plainLine(markup: string): string {
  return seen(unescaped(markup.replaceAll(/<[^<>]{0,2000}>/gu, ' ')))
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/ (?=[.,;:!?)\]])/gu, '')
    .trim();
}

/** The beginning of a line, at a word's end, told to be one. */
export function shortened(line: string, most: number): string {
  if (line.length <= most) return line;
  const end = line.lastIndexOf(' ', most - 1);
  return `${line.slice(0, end > most / 2 ? end : most - 1)}…`;
}

/** What stands in each element of a name, in order, markup and all. Elements of one name within each other are not expected. */
export function elementsIn(xml: string, name: string): readonly string[] {
  const found: string[] = [];
  const open = new RegExp(`<${name}(?=[\\s>])[^<>]{0,2000}>`, 'gu');
  const close = `</${name}>`;
  for (let match = open.exec(xml); match !== null; match = open.exec(xml)) {
    const from = match.index + match[0].length;
    const end = xml.indexOf(close, from);
    if (end === -1) break;
    found.push(xml.slice(from, end));
    open.lastIndex = end;
  }
  return found;
}
