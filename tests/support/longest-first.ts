/** The order of test files: one that takes a minute and begins last would leave the other workers idle for as long. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first. One that is missing here costs some seconds of a run, and nothing else. */
const LONGEST: readonly string[] = [
  'durability/teeth',
  'durability/kill',
  'durability/boundary',
  'durability/kill-and-go-on',
  'scenarios/cli-commands',
  'scenarios/mcp-surface',
  'scenarios/cli-research',
  'durability/stdin-closed',
  'scenarios/advertised',
  'scenarios/mcp-stdio',
  'durability/clock',
  'durability/database-file',
];

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
  return at === -1 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
