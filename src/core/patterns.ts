/** What agents are there for, whatever a pattern calls them. */

export type Work = 'research' | 'merge' | 'write';

/** Roles beside researchers, whose role is `belter` or their domain. Stored in the inputs of steps: none is ever renamed. */
const SYNTHESIS_ROLES = {
  drummer: 'merge',
  camina: 'write',
  synthesis: 'write',
} as const satisfies Record<string, Work>;
export type SynthesisRole = keyof typeof SYNTHESIS_ROLES;

export function workOf(role: string): Work {
  return isSynthesisRole(role) ? SYNTHESIS_ROLES[role] : 'research';
}

function isSynthesisRole(role: string): role is SynthesisRole {
  return Object.hasOwn(SYNTHESIS_ROLES, role);
}
