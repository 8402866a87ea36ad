import { describe, expect, test } from 'vitest';
import { EXTRACTIVE } from '../../../src/core/model-catalogue.ts';
import {
  awaitsApproval,
  goesFurther,
  isTerminal,
  modelOf,
  type Stop,
  terminalEvent,
} from '../../../src/core/workflow.ts';

const DEADLINE: Stop = { kind: 'deadline', reason: null, finalize: true };
const WRITE_IT_UP: Stop = { kind: 'cancel', reason: null, finalize: true };
const NOW: Stop = { kind: 'cancel', reason: 'enough', finalize: false };

describe('goesFurther', () => {
  test('a person goes over the deadline, and "now" over "write it up first"; nothing is taken back', () => {
    const inOrder = [null, DEADLINE, WRITE_IT_UP, NOW] as const;
    for (const [rank, recorded] of inOrder.entries()) {
      const further = [DEADLINE, WRITE_IT_UP, NOW].filter((wish) => goesFurther(wish, recorded));
      expect(further).toEqual(inOrder.slice(rank + 1));
    }
  });
});

describe('a workflow', () => {
  test('awaits approval in its phase, until it is stopped or ended', () => {
    const waiting = { status: 'running', phase: 'awaiting_approval' } as const;
    expect(awaitsApproval(waiting)).toBe(true);
    expect(awaitsApproval({ ...waiting, stop: null })).toBe(true);
    expect(awaitsApproval({ ...waiting, stop: NOW })).toBe(false);
    expect(awaitsApproval({ ...waiting, status: 'cancelled' })).toBe(false);
    expect(awaitsApproval({ ...waiting, phase: 'researching' })).toBe(false);
  });

  test('ends in one of three ways, each with its own event', () => {
    expect((['pending', 'running', 'completed', 'failed', 'cancelled'] as const).filter(isTerminal)).toEqual([
      'completed',
      'failed',
      'cancelled',
    ]);
    expect((['completed', 'failed', 'cancelled'] as const).map(terminalEvent)).toEqual([
      'workflow_complete',
      'workflow_error',
      'workflow_cancelled',
    ]);
  });

  test('plays a role by its own model where it has one, else by the one named', () => {
    const config = { model: EXTRACTIVE, models: { camina: 'openai/two' } };
    expect([modelOf(config, 'belter'), modelOf(config, 'camina')]).toEqual([EXTRACTIVE, 'openai/two']);
  });
});
