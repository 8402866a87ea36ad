/** How clients find out where tokens for this service are issued (RFC 9728). */

import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { METADATA_PATH } from '../access/service-access.ts';
import { answerSchemaOf } from '../mcp/schema.ts';
import { SCOPES } from '../scope.ts';
import { json, type RouteGroup } from './route.ts';

const metadata = z.object({
  resource: z.string().describe('The service, as tokens name it in `aud`'),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.enum(SCOPES)),
  bearer_methods_supported: z.array(z.literal('header')),
  resource_name: z.string(),
});

export const ACCESS_ROUTES: RouteGroup = {
  name: 'access',
  description: 'Where tokens come from. Without an authorization server there is nothing here.',
  routes: [
    {
      method: 'GET',
      path: METADATA_PATH,
      scope: null,
      summary: 'Metadata of the protected resource (RFC 9728)',
      answer: { media: 'application/json', schema: () => answerSchemaOf(metadata), description: 'The metadata' },
      handle: async ({ service }) => {
        const found = service.access.metadata;
        if (found === undefined)
          throw new Fault('NO_SUCH_ROUTE', 'this service takes tokens of no authorization server');
        return json(found);
      },
    },
  ],
};
