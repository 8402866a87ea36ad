/** Ranks the passages of one corpus for a question: pure relevance, no two passages compared with each other yet. */

import type { CorpusIndex, Frequency, IndexedPassage, Range } from './corpus-index.ts';
import { parseQuery, type Query } from './query.ts';
import { expand, type Expanded } from './rank-feedback.ts';
import { FIELD_WEIGHTS, idf, score, takeApart, type Scorer, type Terms, type Weighted } from './rank.ts';

export const TUNE: Record<string, number> = { pool: 400, doc: 0.3, rm3: 1, sdm: 1 };

export interface Ranked { readonly terms: Terms; readonly score: number }

export function rankPassages(index: CorpusIndex, text: string): Ranked[] {
  const query = parseQuery(text);
  const freq = new Map<string, Frequency>();
  const frequency = (stem: string): Frequency => { let f = freq.get(stem); if (!f) { f = index.frequency(stem); freq.set(stem, f);} return f; };
  const scorer: Scorer = { query: TUNE.sdm ? query : {...query, pairs: []}, totals: index.totals, idf: (stem) => idf(frequency(stem).passages, index.totals.passages) };
  const pool = new Map<number, Terms>();
  const addAll = (ws: readonly string[]) => { for (const {id} of index.match(ws, {limit: TUNE.pool!, weights: FIELD_WEIGHTS})) if (!pool.has(id)) { const p = index.passage(id); if (p) pool.set(id, takeApart(p)); } };
  const words = query.terms.map(t => t.word);
  addAll(words);
  const own: Weighted[] = query.terms.map(t => ({stem: t.stem, weight: 1 / query.terms.length}));
  const docs = index.matchSources(words);
  const rank = (ws: readonly Weighted[]) => [...pool.values()].map(terms => ({terms, score: score(terms, ws, scorer) + TUNE.doc! * (docs.get(terms.source) ?? 0)/query.terms.length})).sort((a,b)=>b.score-a.score||a.terms.id-b.terms.id);
  let ranked = rank(own);
  if (TUNE.rm3) { const ex = expand(ranked, scorer, (s)=>frequency(s).passages); addAll(ex.map(e=>e.word)); ranked = rank(ex); }
  if (TUNE.cov) { const top = ranked[0]?.score ?? 1; const mass = query.terms.reduce((a,t)=>a+scorer.idf(t.stem),0);
    ranked = ranked.map(r=>{ const cov = query.terms.reduce((a,t)=>a+(r.terms.positions.has(t.stem)||r.terms.title.has(t.stem)?scorer.idf(t.stem):0),0)/mass; const rel=r.score/top;
    return {...r, score: TUNE.cov===1? cov*rel : TUNE.cov===2 ? rel*Math.sqrt(cov) : TUNE.cov===3? rel*(0.5+0.5*cov): rel+0.2*cov}}).sort((a,b)=>b.score-a.score||a.terms.id-b.terms.id);}
  return ranked;
}
