/**
 * Who asks, as a port. What stands behind it reads a credential from the request; everything after it knows an owner and
 * scopes, never a credential.
 */

import type { Fault } from '../../core/errors.ts';
import type { Caller } from '../../core/views.ts';
import { HOST } from '../callers.ts';
import { ALL_SCOPES, type Scope } from '../scope.ts';

/** Somebody who may ask. `owner` is whose workflows they see; everybody else's do not exist for them. */
export interface Principal {
  readonly owner: string;
  readonly scopes: ReadonlySet<Scope>;
  /** From when on the credential is refused, milliseconds since the epoch; absent where it says no end. */
  readonly until?: number | undefined;
}

export interface Refusal {
  readonly refused: Fault;
  /** Value of `WWW-Authenticate`, or null where no credential would help. */
  readonly challenge: string | null;
}

/** Metadata of a protected resource, by the names of RFC 9728. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly Scope[];
  readonly bearer_methods_supported: readonly 'header'[];
  readonly resource_name: string;
}

export interface Access {
  /** Whether strangers are told apart. False: the service listens on loopback only, where its one user is. */
  readonly configured: boolean;
  /** Rejects only where it cannot tell: a key set that cannot be reached. */
  authenticate(request: Request): Promise<Principal | Refusal>;
  /** What a known caller without the scope is told; null without a scheme of credentials. */
  challenge(scope: Scope): string | null;
  /** Where tokens are issued (RFC 9728). Absent: by nobody but who runs the service. */
  readonly metadata?: ResourceMetadata;
}

/** Whoever reaches the loopback address is the machine's user, as the hosts are that start this program over stdio. */
export const loopback: Access = {
  configured: false,
  authenticate: async () => ({ owner: HOST.owner, scopes: ALL_SCOPES }),
  challenge: () => null,
};

/** Never trusted: a request over the network names paths below the allowed roots, whoever sends it. */
export function callerOf({ owner }: Principal): Caller {
  return { owner, trusted: false };
}
