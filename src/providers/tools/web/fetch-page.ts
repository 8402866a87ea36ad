/** `fetch_page`: a page, PDF or text of the web, to read and quote. */

import { Fault } from '../../../core/errors.ts';
import type { AgentTool, ToolAnswer } from '../../agent-tool.ts';
import { failed, wordOf } from './answers.ts';
import type { Page } from './pages.ts';
import type { Web } from './open-web.ts';

export function fetchPage(web: () => Promise<Web>): AgentTool {
  return {
    name: 'fetch_page',
    description:
      'Fetches one web address and returns its text: a page as Markdown, a PDF, plain text, Markdown, CSV or JSON. Use it to read what a search found before you quote it; search results alone are not sources. Takes only addresses that the task or an earlier result shows, exactly as they stand there, and no private or local ones.',
    input_schema: {
      type: 'object',
      properties: {
        url: { type: 'string', description: 'The complete address, beginning with https:// or http://' },
      },
      required: ['url'],
      additionalProperties: false,
    },
    timeout_ms: 90_000,
    addresses: ['url'],
    run: async (input, { signal }) => {
      const url = wordOf(input, 'url');
      if (url === null) return failed('fetch_page needs `url`: a complete address such as https://example.org/page');
      const { pages, FetchFailure } = await web();
      try {
        return shown(await pages.read(url, signal));
      } catch (thrown) {
        if (thrown instanceof FetchFailure) return failed(`${url.slice(0, 300)} could not be read: ${thrown.message}.`);
        if (thrown instanceof Fault && thrown.code === 'ADDRESS_REFUSED') {
          return failed(
            `ADDRESS_REFUSED: ${thrown.message}. Choose another address; asking for this one again changes nothing.`,
          );
        }
        throw thrown;
      }
    },
  };
}

function shown({ text, partial }: Page): ToolAnswer {
  const facts = [text.uri, text.date === null ? null : `dated ${text.date}`, `${text.text.length} characters`];
  const head = [
    text.title,
    facts.filter((fact) => fact !== null).join(', '),
    ...(partial === null ? [] : [`Not all of it: ${partial}.`]),
  ];
  return { text: `${head.join('\n')}\n\n${text.text}`, found: [text], failed: false };
}
