/** Events as they go over the wire: the text of server-sent events, made once for all readers. */

import { isTerminalEvent, type WorkflowEvent } from '../../core/event.ts';

/** Bytes that go over the wire at once, but for an event that is larger. */
export const PIECE_BYTES = 32 * 1024;

/** Events in a row as they go over the wire, the same bytes for every reader; nobody writes to them. */
export interface Frame {
  /** Of the last of them. */
  readonly seq: number;
  /** When that one was recorded, milliseconds since the epoch. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Whether nothing comes after it. */
  readonly last: boolean;
}

const encoder = new TextEncoder();

export function frameOf(event: WorkflowEvent): Frame {
  const { task_id, seq, event_type, timestamp, agent_id, data } = event;
  const envelope = { task_id, seq, event_type, timestamp, ...(agent_id === undefined ? {} : { agent_id }), data };
  // JSON holds no line break, which would end the field.
  const text = `id: ${seq}\nevent: ${event_type}\ndata: ${JSON.stringify(envelope)}\n\n`;
  return { seq, at: Date.parse(timestamp), bytes: encoder.encode(text), last: isTerminalEvent(event_type) };
}

/** Those that go over the wire next, from index `from` on, as one; undefined where there are none. */
export function piece(frames: readonly Frame[], from: number): Frame | undefined {
  let to = from;
  for (let bytes = 0; to < frames.length; to += 1) {
    bytes += frames[to]?.bytes.length ?? 0;
    if (to > from && bytes > PIECE_BYTES) break;
  }
  const last = frames[to - 1];
  if (to === from || last === undefined) return undefined;
  if (to === from + 1) return last;
  return { ...last, bytes: Buffer.concat(frames.slice(from, to).map(({ bytes }) => bytes)) };
}
