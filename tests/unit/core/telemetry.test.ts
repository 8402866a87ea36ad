import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { idBits, taskId } from '../../../src/core/ids.ts';
import { UNTOLD } from '../../../src/core/telemetry.ts';
import { traceIdOf } from '../../../src/core/trace.ts';

it('is told to nobody unless somebody listens', () => {
  expect(UNTOLD.traces).toBe(false);
  expect(UNTOLD.tell({ kind: 'agent_silent' })).toBeUndefined();
});

it.each([
  ['00'.repeat(16)],
  ['ff'.repeat(16)],
  ['0af7651916cd43dd8448eb211c80319c'],
  ['80000000000000000000000000000001'],
])('a workflow with the bits %s is its own trace of that id', (bits) => {
  const task_id = taskId(Buffer.from(bits, 'hex'));
  expect(idBits(task_id)).toBe(bits);
  expect(traceIdOf({ task_id, trace: null })).toBe(bits);
});

it('a workflow that was started in a trace belongs to it', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const of = { task_id: taskId(new Uint8Array(16)), trace: { traceparent } };
  expect(traceIdOf(of)).toBe('0af7651916cd43dd8448eb211c80319c');
});
