import type { Report } from '../core/report.ts';
import type { ResultRow } from '../store/store.ts';

/** Fallback models that answered in a workflow, as its result names them; none before it has one. */
export function fallbacksIn(row: ResultRow | null): readonly string[] {
  const result = row?.result;
  if (result === null || typeof result !== 'object' || !('metadata' in result)) return [];
  const { metadata } = result as { readonly metadata?: { readonly fallbacks_used?: readonly string[] } };
  return metadata?.fallbacks_used ?? [];
}

/** The report a workflow left, or null. */
export function reportOf(row: ResultRow | null): Report | null {
  const result = row?.result;
  if (result === null || typeof result !== 'object' || !('report' in result)) return null;
  const { report } = result;
  // Written by this program in this shape, in the same transaction as the terminal status.
  return (report ?? null) as Report | null;
}
