import { createHash } from 'node:crypto';
import { canonical, type Json } from '../core/json.ts';

/** SHA-256, hex, of a value in its one spelling: equal for equal values. */
export function hashOf(value: Json): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
