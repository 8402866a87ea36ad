/** The data directory as it is named: whether it can be one. */

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '../core/errors.ts';

/** CONFIG_INVALID when a file stands where the folder is or would have to be made; else null. `from`: who named it. */
export function homeFault(home: string, from: string): Fault | null {
  const place = nearestThere(home);
  if (statSync(place).isDirectory()) return null;
  const what = place === home ? 'a file' : `below the file ${place}`;
  return new Fault('CONFIG_INVALID', `the data directory ${home} (${from}) is ${what}; it has to be a folder`, {
    hint: 'Name a folder with --home or BELTALOWDA_HOME. For another database file there is --db.',
  });
}

/** The path itself, or the nearest above it that is there. */
function nearestThere(place: string): string {
  const above = path.dirname(place);
  return above === place || existsSync(place) ? place : nearestThere(above);
}
