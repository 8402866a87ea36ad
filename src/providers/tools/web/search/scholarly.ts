/** Searches for scholarly works, one tool for each place that knows them. */

import type { AgentTool } from '../../../agent-tool.ts';
import { countOf, failed, wordOf } from '../answers.ts';
import type { Web } from '../open-web.ts';
import { orFailed } from './tool.ts';
import type { SearchAccess } from './web-search.ts';
import type { Work } from './works.ts';

export interface WorkSearch {
  search(wish: { readonly query: string; readonly most: number }, signal: AbortSignal): Promise<readonly Work[]>;
}

export type OpenScholarly = (access: SearchAccess) => WorkSearch;

const PRESET = 5;
const MOST = 10;
const MOST_QUERY = 500;

export interface ScholarlyCard {
  readonly name: string;
  readonly description: string;
}

export function scholarlySearch(
  { name, description }: ScholarlyCard,
  web: () => Promise<Web>,
  open: (web: Web) => Promise<WorkSearch>,
): AgentTool {
  return {
    name,
    description,
    input_schema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'Words of the subject, a title or an author' },
        max_results: { type: 'integer', minimum: 1, maximum: MOST, default: PRESET },
      },
      required: ['query'],
      additionalProperties: false,
    },
    // Questions to one interface may have to wait for their turn.
    timeout_ms: 90_000,
    run: async (input, { signal }) => {
      const query = wordOf(input, 'query');
      if (query === null) return failed(`${name} needs \`query\`: words of the subject`);
      if (query.length > MOST_QUERY) return failed(`query is too long: at most ${MOST_QUERY} characters`);
      const most = countOf(input, 'max_results', { preset: PRESET, most: MOST });
      const opened = await web();
      return orFailed(name, async () => {
        const works = await (await open(opened)).search({ query, most }, signal);
        return opened.worksAnswer(works, { ...opened, signal });
      });
    },
  };
}
