/** Words about values that are refused, wherever they stood. */

import { Fault } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import type { Kind } from './kinds.ts';
import { WEB_ADDRESS } from './settings.ts';
import type { Option } from './table.ts';

export function quoted(value: Json): string {
  const LONGEST = 80;
  const shown = JSON.stringify(value);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** What comes near, where there are words to choose from. */
export function nearChoice(kind: Kind<unknown>, given: Json): string | null {
  return kind.choices === null || typeof given !== 'string' ? null : nearest(given, kind.choices);
}

/** A source that is none because it is a web address has a code of its own, as over every edge; else null. */
export function addressFault(option: Option, where: string, refused: Json): Fault | null {
  const isAddress = option.name === 'source' && typeof refused === 'string' && new RegExp(WEB_ADDRESS).test(refused);
  return isAddress
    ? new Fault(
        'SOURCE_UNSUPPORTED',
        `${where}: ${quoted(refused)} is a web address; this release reads files and folders`,
      )
    : null;
}
