import { describe, expect, test } from 'vitest';
import { INPUT_NAMES } from '../../../src/core/pattern-inputs.ts';
import {
  ORCHESTRATOR_TYPES,
  PATTERNS,
  PLAIN_PATTERNS,
  patternTaking,
  researcherRole,
  workOf,
} from '../../../src/core/patterns.ts';

describe('patterns', () => {
  test('each input belongs to the one pattern that takes it', () => {
    const taken = INPUT_NAMES.map((input) =>
      ORCHESTRATOR_TYPES.filter((name) => PATTERNS[name].takes.some((one) => one.input === input)),
    );
    expect(taken).toEqual(INPUT_NAMES.map((input) => [patternTaking(input)]));
  });

  test('those that need nothing but the question can be offered for one', () => {
    expect(PLAIN_PATTERNS).toEqual(['beltalowda', 'swarm']);
  });
});

describe('roles', () => {
  test('a role says what its agent is there for; a domain is researched', () => {
    expect(['belter', 'academic', 'drummer', 'camina', 'synthesis', 'toString'].map(workOf)).toEqual([
      'research',
      'research',
      'merge',
      'write',
      'write',
      'research',
    ]);
  });

  test('a researcher is called by its domain, or a belter where it has none', () => {
    expect([researcherRole({ domain: 'news' }), researcherRole({ domain: null })]).toEqual(['news', 'belter']);
  });
});
