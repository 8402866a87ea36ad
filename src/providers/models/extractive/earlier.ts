/** A step that builds on earlier ones: what these found is favoured, and stands in for what its objective only points at. */

import type { ResearchRequest } from '../../providers.ts';
import { keyWords } from './themes.ts';

/** Characters of earlier findings that are favoured: more would drown the question. */
const FAVOURED = 600;
/** Telling words that a pointing objective borrows. */
const BORROWED = 6;
const POINTS = /\b(?:it|its|they|their|them|this|these|that|those|such|the same)\b/iu;

/** The request with what it can use of earlier findings; itself where there are none. */
export function withEarlier(request: ResearchRequest): ResearchRequest {
  const { seen = [], subtask, context } = request;
  const found = seen.toReversed().flatMap(({ findings }) => findings.slice(0, 2));
  if (found.length === 0) return request;
  const favoured = found.join(' ').slice(0, FAVOURED);
  const last = seen.findLast(({ findings }) => findings.length > 0);
  const borrowed = keyWords(`${last?.of ?? ''} ${last?.findings[0] ?? ''}`).slice(0, BORROWED);
  const [main = subtask.objective] = subtask.queries;
  const queries = POINTS.test(subtask.objective)
    ? [...subtask.queries, `${main} ${borrowed.join(' ')}`]
    : subtask.queries;
  return { ...request, context: [context ?? '', favoured].join('\n').trim(), subtask: { ...subtask, queries } };
}
