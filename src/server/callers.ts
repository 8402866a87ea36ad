/** Who asks through which edge. One owner, so that what a host started is followed on the command line and the other way round. */

import { LOCAL_OWNER } from '../core/owner.ts';
import type { Caller } from '../core/views.ts';

/** The command line is its user's own: it may read what the user may read. */
export const USER: Caller = { owner: LOCAL_OWNER, trusted: true };

/** A host's model may name only what lies below the allowed roots. */
export const HOST: Caller = { owner: LOCAL_OWNER, trusted: false };
