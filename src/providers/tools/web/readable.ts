/** A page of HTML to Markdown: what its author wrote, without the frame of the site. */

import { Defuddle } from 'defuddle/node';
import { parseHTML } from 'linkedom';

export interface Readable {
  readonly markdown: string;
  /** Empty where the page states none. */
  readonly title: string;
  /** As the page writes it; empty where it states none. */
  readonly published: string;
}

/**
 * Slow by nature and on some pages without end (a thousand nested elements cost minutes), so it runs where it can be ended.
 * `useAsync` is off because some of its extractors fetch from other sites, past every check.
 */
export async function readable(html: string, url: string): Promise<Readable> {
  const { document } = parseHTML(html);
  const { content, title, published } = await Defuddle(document, url, {
    markdown: true,
    useAsync: false,
    removeImages: true,
    fetch: () => Promise.reject(new Error('a page is read, nothing else is fetched')),
  });
  return { markdown: content, title, published };
}
