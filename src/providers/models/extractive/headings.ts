/** Aspects of a survey named by the authors: titles, or in a small corpus headings, of the passages that fit the question. */

import { READS } from '../../../core/source.ts';
import type { Hit, PlanRequest } from '../../providers.ts';
import { keyStems } from './question.ts';
import { capitalised, compareText, containment, stemSet, surfaceWords } from './text.ts';

/** In so few sources the chapters, not the titles, tell the aspects apart. */
const FEW_SOURCES = 3;
const PASSAGES_SOUNDED = 40;
/** A source speaks for itself by its best passages; more of them only show that it is long. */
const PASSAGES_COUNTED = 3;
const LONGEST_WORDS = 7;
const LONGEST_NAME = 60;
const PATH = ' › ';
/** Share of the question's telling words that a passage must hold to count as being about it. */
/** And so much of the best one's rank. */
const NEAR_BEST = 0.4;
const GOOD_PART = 0.5;

/** Names of parts of documents that say nothing of their subject. */
const PARTS: ReadonlySet<string> = stemSet(
  'introduction overview summary conclusion conclusions background contents abstract references appendix notes note method methods ' +
    'results discussion example examples usage installation readme changelog license acknowledgements untitled document index ' +
    'page chapter section part date author updated version file cost costs price',
);

interface NamedAspect {
  readonly name: string;
  /** Distinct sources whose passages bear the name. */
  readonly sources: number;
}

/** Passages that hold a good part of the question, best first: what the material has to say about it at all. */
export async function soundings({ corpus, library, task, signal }: PlanRequest): Promise<readonly Hit[]> {
  const keys = keyStems(task);
  const least = Math.min(keys.length, Math.max(2, Math.ceil(keys.length * GOOD_PART)));
  const hits = await library.search(corpus, { query: task, limit: PASSAGES_SOUNDED, signal });
  const near = NEAR_BEST * Math.max(0, ...hits.map(({ score }) => score));
  return hits.filter((hit) => {
    if (hit.score < near) return false;
    const found = stemSet(`${hit.heading} ${hit.text}`);
    return keys.filter((stem) => found.has(stem)).length >= least;
  });
}

/** Names by how much of the question their passages hold; none that only repeats the question or another name. */
export function headingAspects({ corpus, task }: PlanRequest, hits: readonly Hit[]): readonly NamedAspect[] {
  // Tables and programs answer within a section; their names make no section of a report.
  const prose = corpus.sources.filter(({ format }) => READS[format] === 'prose');
  const titles = new Map(prose.map(({ source_id, title }) => [source_id, title]));
  const keys = new Set(keyStems(task));
  const isSmall = corpus.sources.length <= FEW_SOURCES;
  const byName = new Map<string, { scores: number[]; sources: Set<string> }>();
  for (const hit of hits) {
    if (!titles.has(hit.source_id)) continue;
    if (!isSmall && isFileName(hit, titles.get(hit.source_id) ?? '')) continue;
    const path = isSmall ? hit.heading.split(PATH).slice(1) : [titles.get(hit.source_id) ?? ''];
    const name = path.map((part) => readableName(part, keys)).findLast((part) => part !== null);
    if (name === undefined || name === null) continue;
    const entry = byName.get(name) ?? { scores: [], sources: new Set<string>() };
    entry.scores.push(hit.score);
    entry.sources.add(hit.source_id);
    byName.set(name, entry);
  }
  const ranked = [...byName].map(([name, { scores, sources }]) => ({
    name,
    sources: sources.size,
    worth: scores.slice(0, PASSAGES_COUNTED).reduce((sum, score) => sum + score, 0),
  }));
  const kept: NamedAspect[] = [];
  for (const { name, sources } of ranked.sort((a, b) => b.worth - a.worth || compareText(a.name, b.name))) {
    const words = stemSet(name);
    if (kept.every((other) => containment(stemSet(other.name), words) < 1)) kept.push({ name, sources });
  }
  return kept;
}

/** A title that only repeats the file's name, and heads nothing in the text, was never given by an author. */
function isFileName({ location, heading }: Hit, title: string): boolean {
  const file =
    location
      .replace(/(?::\d+|, \w+ \d+)$/u, '')
      .split('/')
      .at(-1) ?? '';
  const stem = file
    .replace(/\.\w{1,5}$/u, '')
    .replaceAll(/[-_.]+/g, ' ')
    .toLowerCase();
  return title.toLowerCase() === stem && !heading.toLowerCase().startsWith(stem);
}

/**
 * A title as a short heading: what stands before a colon, without article and without a last phrase that the question
 * says anyway ("in an embedded database"). Null when it names nothing new, or is a sentence, a path or a list of columns.
 */
export function readableName(title: string, asked: ReadonlySet<string>): string | null {
  // Column names of a table are a path's last step, too.
  if (title.split(', ').length > 2) return null;
  const [head = ''] = title.split(/\s*[:|(–—]\s*|, | - /u, 1);
  const plain = head
    .replace(/^(?:the|an?)\s+/i, '')
    .replace(/^[\d.]+\s+/u, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const phrase = /^(?<start>.+?) (?:in|of|for|on|with|from) (?<rest>[^,]+)$/i.exec(plain)?.groups;
  const isTold = phrase !== undefined && [...stemSet(phrase['rest'] ?? '')].every((stem) => asked.has(stem));
  const name = isTold ? (phrase['start'] ?? plain) : plain;
  const words = [...stemSet(name)];
  const isNew = words.some((stem) => !asked.has(stem) && !PARTS.has(stem) && /\p{L}/u.test(stem));
  const isShort = name.length <= LONGEST_NAME && surfaceWords(name).length <= LONGEST_WORDS;
  if (!isNew || !isShort || /[/\\_?!]|\.\w{1,4}$/u.test(name)) return null;
  const isShouted = name === name.toUpperCase() && name.includes(' ');
  return capitalised(isShouted ? name.toLowerCase() : name);
}
