/** What a caller may be allowed to do. */

import { type Scope, SCOPES } from '../core/owner.ts';

export { type Scope, SCOPES } from '../core/owner.ts';

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
