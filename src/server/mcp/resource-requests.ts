/** The requests about resources: list, read, and in the 2025 era subscribe. */

import type { McpServer } from '@modelcontextprotocol/server';
import type { ChangeFeed } from './change-feed.ts';
import type { Era } from './parts.ts';
import { answered, answeredResource, type Defect } from './protocol-error.ts';
import { TEMPLATES } from './resource-uris.ts';
import { checkResource, listResources, readResource, type ResourceParts } from './resources.ts';

/** The 2025 era's one subscription to the list, which it has without asking once it has seen the list. */
const LIST = 'list';

interface Serving extends ResourceParts {
  readonly era: Era;
  /** Null where the client cannot be told of changes. */
  readonly feed: ChangeFeed | null;
  readonly defect: Defect;
}

export function serveResources({ server }: McpServer, { era, feed, defect, ...parts }: Serving): void {
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: TEMPLATES.map((template) => ({ ...template })),
  }));
  server.setRequestHandler('resources/list', ({ params }) =>
    answered(defect, async () => {
      // Before it is read, so that no change falls between the list and the watch.
      if (era === 'legacy') await feed?.add(LIST, { uris: [], list: true });
      return listResources(parts, params?.cursor);
    }),
  );
  server.setRequestHandler('resources/read', ({ params: { uri } }) =>
    answeredResource(uri, defect, () => readResource(parts, uri)),
  );
  if (era !== 'legacy' || feed === null) return;
  server.setRequestHandler('resources/subscribe', ({ params: { uri } }) =>
    answeredResource(uri, defect, async () => {
      await checkResource(parts, uri);
      await feed.add(uri, { uris: [uri], list: false });
      return {};
    }),
  );
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    feed.remove(uri);
    return {};
  });
}
