/** Whose a workflow is, and what may be allowed to whom. */

/** Who sits at this machine: the command line, hosts over stdio, and whoever asks over loopback without access control. */
export const LOCAL_OWNER = 'local';

/** Characters of an owner's name. */
export const MAX_OWNER = 128;

/** Printable, without blanks at its ends: names of owners stand in files, lists and logs. */
export function isOwner(name: string): boolean {
  const length = Array.from(name).length;
  return length >= 1 && length <= MAX_OWNER && name === name.trim() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(name);
}

/** Look, start and change research, run the service. None includes another: what submits need not be what reads. */
export const SCOPES = ['read', 'run', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
