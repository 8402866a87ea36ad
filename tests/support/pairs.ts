/** The labelled pairs of claim and evidence that were written for this project, one a row. */

import { readFileSync } from 'node:fs';

interface Group {
  readonly evidence: string;
  readonly claims: readonly { readonly kind: string; readonly supported: boolean; readonly text: string }[];
}

const GROUPS = JSON.parse(
  readFileSync(new URL('../fixtures/support/pairs.json', import.meta.url), 'utf8'),
) as readonly Group[];

export const PAIRS = GROUPS.flatMap(({ evidence, claims }) => claims.map((claim) => ({ evidence, ...claim })));
