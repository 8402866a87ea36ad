import { describe, expect, it, test } from 'vitest';
import { nearest } from '../../../src/core/nearest.ts';

describe('nearest', () => {
  test.each<[string, string | null]>([
    ['taskId', 'task_id'],
    ['task-id', 'task_id'],
    ['waitseconds', 'wait_seconds'],
    ['wait_second', 'wait_seconds'],
    ['webhook', null],
    ['', null],
  ])('%s -> %s', (word, expected) => {
    expect(nearest(word, ['task_id', 'wait_seconds', 'since_version'])).toBe(expected);
  });
});

describe('nearest of the commands', () => {
  it('finds a word with one slip in each of four kinds, and nothing far away', () => {
    const words = ['research', 'status'];
    for (const slip of ['reserch', 'reseaarch', 'rezearch', 'resaerch', 'RESEARCH'])
      expect(nearest(slip, words)).toBe('research');
    expect(nearest('frob', words)).toBeNull();
    expect(nearest('', words)).toBeNull();
  });
});
