/** A Drummer's work without a language model: duplicates found by wording, contradictions kept with both sides. */

import type { Claim, Conflict } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import type { Merged, MergeRequest } from '../../providers.ts';
import { conflictsAmong } from './conflicts.ts';
import { pace, type Pace } from './pacing.ts';
import { pacedStatements, type Statement } from './statement.ts';
import { compareIds, compareText, containment, jaccard } from './text.ts';
import { areVersions, compareAge } from './versions.ts';

const SAME_WORDING = 0.8;
const CONTAINED = 0.9;
/** A claim that holds all words of one half its size says more than that one, and is not its duplicate. */
const NEAR_SIZE = 0.6;

export interface Deduplicated {
  readonly kept: readonly Claim[];
  /** Those kept, taken apart. */
  readonly statements: readonly Statement[];
  readonly duplicates: Merged['duplicates'];
}

/** Never drops an id: each is in `kept` or is the duplicate of one kept. */
export async function merge({ claims, sources, signal }: MergeRequest): Promise<Merged> {
  signal.throwIfAborted();
  const pause = pace(signal);
  const { kept, duplicates, statements } = await withoutDuplicates(claims, { sources, conflicts: [] }, pause);
  const conflicts = await conflictsAmong(statements, pause);
  return { kept: kept.map(({ claim_id }) => claim_id), duplicates, conflicts };
}

/**
 * Of claims that say the same, keeps the newer source's, then the better scored, then the lower id; keeps input order. Two sides
 * of one of the conflicts stay two, however alike their words are.
 */
export async function withoutDuplicates(
  claims: readonly Claim[],
  { sources, conflicts }: { readonly sources: readonly Source[]; readonly conflicts: readonly Conflict[] },
  pause: Pace,
): Promise<Deduplicated> {
  const distinct = [...new Map(claims.map((claim) => [claim.claim_id, claim])).values()];
  const list = await pacedStatements(distinct, sources, pause);
  const kept: Statement[] = [];
  const duplicates: { claim_id: string; of: string }[] = [];
  const opponents = opponentsOf(conflicts);
  const stoodFor = new Map<string, string[]>();
  const areOpposed = ({ claim: { claim_id } }: Statement, other: Statement): boolean =>
    [other.claim.claim_id, ...(stoodFor.get(other.claim.claim_id) ?? [])].some(
      (id) => opponents.get(claim_id)?.has(id) === true,
    );
  for (const statement of [...list].sort(better)) {
    const same = kept.find((other) => isDuplicate(statement, other) && !areOpposed(statement, other));
    if (same === undefined) kept.push(statement);
    else {
      const [claim_id, of] = [statement.claim.claim_id, same.claim.claim_id];
      duplicates.push({ claim_id, of });
      stoodFor.set(of, [...(stoodFor.get(of) ?? []), claim_id]);
    }
    await pause(kept.length);
  }
  const ids = new Set(kept.map(({ claim }) => claim.claim_id));
  duplicates.sort((a, b) => compareIds(a.claim_id, b.claim_id));
  const left = list.filter(({ claim }) => ids.has(claim.claim_id));
  return { kept: left.map(({ claim }) => claim), duplicates, statements: left };
}

function opponentsOf(conflicts: readonly Conflict[]): ReadonlyMap<string, ReadonlySet<string>> {
  const opponents = new Map<string, Set<string>>();
  for (const {
    claim_ids: [a, b],
  } of conflicts) {
    opponents.set(a, (opponents.get(a) ?? new Set()).add(b));
    opponents.set(b, (opponents.get(b) ?? new Set()).add(a));
  }
  return opponents;
}

/** Sorts the claim to keep first. A total order, so that the result does not depend on the order of the input. */
function better(a: Statement, b: Statement): number {
  const age = compareText(b.source?.date ?? '', a.source?.date ?? '') || newerVersion(a, b);
  return age || b.claim.score - a.claim.score || compareIds(a.claim.claim_id, b.claim.claim_id);
}

function newerVersion({ source: a }: Statement, { source: b }: Statement): number {
  return a !== undefined && b !== undefined && areVersions(a, b) ? compareAge(b, a) : 0;
}

function isDuplicate(a: Statement, b: Statement): boolean {
  const isField = a.cells !== null && b.cells !== null && a.claim.text !== b.claim.text;
  const overlaps =
    a.claim.source_id === b.claim.source_id && a.claim.start < b.claim.end && b.claim.start < a.claim.end;
  // Two fields of a record are two facts, though both quotes begin at its name.
  if (overlaps && !isField) return true;
  if (a.claim.text === b.claim.text) return true;
  if (a.negated !== b.negated || !haveSameValues(a, b)) return false;
  const least = Math.min(a.stems.size, b.stems.size);
  if (least === 0) return false;
  const isAlike =
    jaccard(a.stems, b.stems) >= SAME_WORDING ||
    (containment(a.stems, b.stems) >= CONTAINED && least / Math.max(a.stems.size, b.stems.size) >= NEAR_SIZE);
  return isAlike && !differInName(a, b) && !differInName(b, a);
}

/** "SQLite supports it" does not repeat "LMDB supports it", whatever else the sentences share. */
function differInName(a: Statement, b: Statement): boolean {
  return [...a.names].some((stem) => !b.names.has(stem)) && [...b.names].some((stem) => !a.names.has(stem));
}

function haveSameValues(a: Statement, b: Statement): boolean {
  if (a.values.length !== b.values.length) return false;
  return a.values.length === 0 || amounts(a) === amounts(b);
}

function amounts({ values }: Statement): string {
  return values
    .map(({ unit, amount }) => `${amount} ${unit}`)
    .sort(compareText)
    .join('; ');
}
