/** What tests of the library share: texts as a parser would give them, and corpora made of them. */

import { createHash } from 'node:crypto';

import type { Layout, LayoutPassage, ParsedText, Source, StoredText } from '../../../../../src/core/source.ts';
import { CorpusIndex } from '../../../../../src/providers/tools/documents/corpus-index.ts';
import { IndexBuild } from '../../../../../src/providers/tools/documents/index-build.ts';
import { Searcher } from '../../../../../src/providers/tools/documents/search.ts';
import type { Corpus } from '../../../../../src/providers/providers.ts';

/** Paragraphs as passages, `# ` lines as headings, `**` as blanked markup. */
export function parsed(text: string, title = ''): ParsedText {
  const headings: string[] = [];
  const passages: LayoutPassage[] = [];
  const placeStarts = [0];
  for (const match of text.matchAll(/\n/g)) placeStarts.push(match.index + 1);
  for (const match of text.matchAll(/[^\n]+(?:\n[^\n]+)*/g)) {
    const start = match.index;
    if (match[0].startsWith('# ')) headings.push(match[0].slice(2));
    else {
      const place = placeStarts.findLastIndex((at) => at <= start) + 1;
      passages.push({ start, end: start + match[0].length, place, heading: headings.length - 1 });
    }
  }
  const blanks = [...text.matchAll(/\*\*/g)].map((match): [number, number] => [match.index, match.index + 2]);
  const layout: Layout = { place: 'line', headings, passages, blanks, placeStarts };
  return { text, layout, title, format: 'markdown', domain: 'general', date: null };
}

export interface TestCorpus {
  readonly corpus: Corpus;
  /** Counts how often texts were asked for. */
  readonly reads: () => number;
  readonly read: (source: Source) => Promise<StoredText>;
}

/** A corpus of texts by location, its id made from their content. */
export function corpusOf(texts: Readonly<Record<string, string>>): TestCorpus {
  const stored = new Map<string, StoredText>();
  const sources = Object.entries(texts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([location, text], at): Source => {
      const source_id = `s${at + 1}`;
      stored.set(source_id, parsed(text));
      return {
        source_id,
        sha256: createHash('sha256').update(text).digest('hex'),
        format: 'markdown',
        title: /^# (.*)$/m.exec(text)?.[1] ?? location,
        location,
        uri: `file:///${location}`,
        domain: 'general',
        date: null,
        modified_at: '2025-01-01T00:00:00.000Z',
        accessed_at: '2025-01-01T00:00:00.000Z',
        characters: text.length,
        also_at: [],
      };
    });
  const hash = createHash('sha256');
  for (const { sha256 } of sources) hash.update(sha256);
  let reads = 0;
  return {
    corpus: { corpus_id: hash.digest('hex'), sources },
    reads: () => reads,
    read: (source) => {
      reads += 1;
      const text = stored.get(source.source_id);
      return text === undefined ? Promise.reject(new Error(`no text ${source.source_id}`)) : Promise.resolve(text);
    },
  };
}

/** An index in memory of texts given in order, ready to search. */
export async function searcherOf(
  texts: readonly (string | { readonly text: string; readonly title: string })[],
): Promise<Searcher> {
  const build = new IndexBuild(':memory:');
  for (const [at, entry] of texts.entries()) {
    const { text, title } = typeof entry === 'string' ? { text: entry, title: '' } : entry;
    await build.add({ key: `k${at}`, title }, parsed(text));
  }
  return new Searcher(new CorpusIndex(build.finish()));
}

/** Paragraphs about other things, so that words have a rarity. Deterministic and all different. */
export function filler(count: number): string[] {
  const subjects = [
    'river',
    'market',
    'garden',
    'engine',
    'library',
    'school',
    'harbour',
    'orchard',
    'theatre',
    'valley',
  ];
  const verbs = ['supports', 'surrounds', 'follows', 'predates', 'resembles', 'replaces', 'feeds'];
  const things = [
    'farmers',
    'sailors',
    'pupils',
    'painters',
    'bakers',
    'masons',
    'weavers',
    'smiths',
    'clerks',
    'singers',
    'guards',
  ];
  return Array.from({ length: count }, (_, at) => {
    const pick = (list: readonly string[], step: number): string =>
      list[(at * step + Math.floor(at / 7)) % list.length] ?? '';
    return `The ${pick(subjects, 1)} ${pick(verbs, 3)} the ${pick(things, 5)} of district ${at}, and the old ${pick(subjects, 7)} ${pick(verbs, 2)} their system of ${pick(things, 4)}.`;
  });
}
