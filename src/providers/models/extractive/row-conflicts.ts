/** Conflicts between table rows that were made readable as `column: cell; column: cell`. */

import type { Statement } from './statement.ts';
import { compatible, valuesOf } from './values.ts';

/**
 * Two rows with one key and one differing cell, in two versions of a table. Null when they agree or cannot be compared,
 * undefined when neither is a row.
 */
export function rowDifference(
  a: Statement,
  b: Statement,
  isOneDocument: boolean,
): { readonly subject: string; readonly a: string; readonly b: string } | null | undefined {
  const left = a.cells;
  const right = b.cells;
  if (left === null && right === null) return undefined;
  if (left === null || right === null || !isOneDocument) return null;
  const [key, ...rest] = left;
  const [otherKey, ...others] = right;
  if (key === undefined || otherKey === undefined || key.name !== otherKey.name || key.value !== otherKey.value)
    return null;
  const odd = rest.flatMap((cell) => {
    const other = others.find(({ name }) => name === cell.name);
    return other === undefined || agree(cell.value, other.value) ? [] : [{ cell, other }];
  });
  const [first] = odd;
  if (first === undefined || odd.length > 2) return null;
  return { subject: `${key.value}, ${first.cell.name}`, a: first.cell.value, b: first.other.value };
}

function agree(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true;
  const [valueA, ...moreA] = valuesOf(a);
  const [valueB, ...moreB] = valuesOf(b);
  if (valueA === undefined || valueB === undefined || moreA.length > 0 || moreB.length > 0) return false;
  return valueA.unit === valueB.unit && compatible(valueA, valueB);
}
