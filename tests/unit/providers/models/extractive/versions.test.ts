import { describe, expect, it } from 'vitest';
import type { Source } from '../../../../../src/core/source.ts';
import { areVersions, compareAge } from '../../../../../src/providers/models/extractive/versions.ts';
import { source } from './claims.ts';

function named(id: string, name: string): Source {
  return source(id, { title: 'Policy', location: `docs/${name}.md` });
}

describe('areVersions', () => {
  it('sees one document in names that differ by a year, a version or a draft mark', () => {
    const a = source('s1', { location: 'docs/policy-2021.md', title: 'Policy 2021' });
    expect(areVersions(a, source('s2', { location: 'docs/policy-2023.md', title: 'Policy 2023' }))).toBe(true);
    expect(areVersions(a, source('s2', { location: 'docs/policy_v2.md', title: 'Policy, second edition' }))).toBe(true);
    expect(areVersions(a, source('s2', { location: 'docs/policy-draft.md', title: 'Policy draft' }))).toBe(true);
  });

  it('sees one document in a title with two dates', () => {
    const a = source('s1', { title: 'Travel policy', date: '2021', location: 'a/x.md' });
    expect(areVersions(a, source('s2', { title: 'Travel policy', date: '2024', location: 'b/y.md' }))).toBe(true);
    expect(areVersions(a, source('s2', { title: 'Travel policy', date: null, location: 'b/y.md' }))).toBe(false);
  });

  it('keeps different documents apart, and a document from itself', () => {
    const a = source('s1', { title: 'Policy', location: 'docs/policy-2021.md' });
    expect(areVersions(a, source('s2', { title: 'Budget', location: 'docs/budget-2021.md' }))).toBe(false);
    expect(areVersions(a, a)).toBe(false);
  });
});

describe('compareAge', () => {
  it('goes by stated dates as far as both are precise', () => {
    expect(compareAge(source('s1', { date: '2024-03' }), source('s2', { date: '2021' }))).toBeGreaterThan(0);
    expect(compareAge(source('s1', { date: '2024' }), source('s2', { date: '2024-05' }))).toBe(0);
  });

  it('goes by years and version numbers in names, but not by one against the other', () => {
    expect(compareAge(named('s1', 'policy-v2'), named('s2', 'policy-v10'))).toBeLessThan(0);
    expect(compareAge(named('s1', 'policy-2024'), named('s2', 'policy-2021'))).toBeGreaterThan(0);
    expect(compareAge(named('s1', 'policy-2024'), named('s2', 'policy-v3'))).toBe(0);
  });

  it('goes by file times only for versions that lie at least a day apart', () => {
    const old = source('s1', {
      title: 'Policy',
      location: 'a/policy-draft.md',
      modified_at: '2025-01-01T00:00:00.000Z',
    });
    const soon = source('s2', { title: 'Policy', location: 'a/policy.md', modified_at: '2025-01-01T01:00:00.000Z' });
    const late = source('s3', { title: 'Policy', location: 'a/policy.md', modified_at: '2025-03-01T00:00:00.000Z' });
    expect(compareAge(old, soon)).toBe(0);
    expect(compareAge(old, late)).toBeLessThan(0);
    expect(compareAge(source('s1'), source('s2', { modified_at: '2030-01-01T00:00:00.000Z' }))).toBe(0);
  });
});
