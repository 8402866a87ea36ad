/** Reading the collected sources: search in them, and open any text the agent may quote. Models see ids and titles, no paths. */

import { z } from 'zod';
import type { Hit, ResearchRequest, Workbench } from '../../providers/providers.ts';
import { asJson, plain } from '../journal.ts';
import { endOf } from './frame.ts';
import { failure, inputSchema, type LoopTool, problemsOf } from './loop-tool.ts';
import { FREE, NO_COST } from './outside-tool.ts';
import type { Shelf } from './shelf.ts';
import { placeAt } from '../../core/source.ts';

/** Passages of one search: with at most 1,200 characters each, about as much as a result may hold. */
const HITS = 7;
/** Characters of one reading. */
const READING = 7_000;

const SEARCH = z.object({
  query: z.string().trim().min(1).max(500).describe('What to look for, in a few telling words.'),
});

type Shown = Pick<Hit, 'source_id' | 'start' | 'heading' | 'raw'>;

/** Search in the collected sources that are the agent's. Journalled: another release may rank differently. */
export function searchTool(
  request: Pick<ResearchRequest, 'corpus' | 'library' | 'context' | 'signal'>,
  source_ids: readonly string[] | undefined,
  bench: Pick<Workbench, 'calls'>,
): LoopTool {
  const titles = new Map(request.corpus.sources.map(({ source_id, title }) => [source_id, title]));
  const search = async (query: string): Promise<readonly Shown[]> => {
    const { corpus, context, library, signal } = request;
    const hits = await library.search(corpus, {
      query,
      ...(context === null ? {} : { context }),
      ...(source_ids === undefined ? {} : { source_ids }),
      limit: HITS,
      signal,
    });
    return hits.map(({ source_id, start, heading, raw }) => ({ source_id, start, heading, raw }));
  };
  return {
    card: {
      name: 'search_documents',
      description:
        "Searches the user's documents for the words of a query and returns the best passages, verbatim, with the id of their source.",
      input_schema: inputSchema(SEARCH),
    },
    run: async (input, key) => {
      const asked = SEARCH.safeParse(input);
      if (!asked.success) return failure(problemsOf(asked.error));
      const { query } = asked.data;
      const recorded = await bench.calls.make({
        key,
        kind: 'tool',
        name: 'search_documents',
        request: {
          query,
          context: request.context,
          corpus_id: request.corpus.corpus_id,
          source_ids: source_ids ?? null,
        },
        share: 'research',
        most: FREE,
        run: async () => ({ kind: 'succeeded', output: asJson(await search(query)), spent: NO_COST }),
      });
      const hits = plain(recorded) as readonly Shown[];
      const passages = hits.map(({ source_id, start, heading, raw }) => {
        const title = [titles.get(source_id) ?? '', heading].filter((part) => part !== '').join(' › ');
        return `[${source_id}] ${title} (from character ${start})\n${raw}`;
      });
      return {
        text: passages.length === 0 ? 'No passage holds these words.' : passages.join('\n\n'),
        outside: true,
        failed: false,
        brought: [],
        seen: hits.map(({ source_id, start }) => `${source_id}@${start}`),
      };
    },
  };
}

const READ = z.object({
  source_id: z.string().describe('The id of a source as a result named it.'),
  offset: z.int().min(0).default(0).describe('The character to begin at.'),
});

/** Opens a stored text. It is no call: the text is stored by its hash and the same each time. */
export function readTool(shelf: Shelf): LoopTool {
  return {
    card: {
      name: 'read_source',
      description: `Shows a source from a character on, ${READING} characters at a time. Quote from what it shows.`,
      input_schema: inputSchema(READ),
    },
    run: async (input) => {
      const asked = READ.safeParse(input);
      if (!asked.success) return failure(problemsOf(asked.error));
      const { source_id, offset } = asked.data;
      const source = shelf.find(source_id);
      if (source === null) return failure(`there is no source of that id; there are ${shelf.ids()}`);
      const { text, layout } = await shelf.read(source);
      if (offset >= text.length) return failure(`${source_id} ends at character ${text.length}`);
      const end = endOf(text, Math.min(text.length, offset + READING));
      const { kind, number } = placeAt(layout, offset);
      const rest = end < text.length ? `; go on with offset ${end}` : '; this is its end';
      const head = `[${source_id}] ${source.title}: characters ${offset} to ${end} of ${text.length}, from ${kind} ${number}${rest}`;
      return {
        text: `${head}\n${text.slice(offset, end)}`,
        outside: true,
        failed: false,
        brought: [],
        seen: [`${source_id}@${offset}`],
      };
    },
  };
}
