/** Events read from the store: by a hub for all who follow, and by a reader for itself where it is behind what a hub keeps. */

import type { Caller, Orchestrator } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { type Frame, frameOf, piece, PIECE_BYTES } from './event-frames.ts';

/** Events of one read of the store. */
export const PAGE = 500;
/** Of the first read for one reader alone; large events are read in smaller ones. */
const FIRST_PAGE = 128;
/** Bytes one reader keeps of such a read. */
const OLDER_BYTES = 4 * PIECE_BYTES;

export interface Followed {
  readonly task_id: string;
  /** The owner's; all readers of a workflow have the same. */
  readonly caller: Caller;
}

/** A page of events behind `after`, from the store. `end`: no more will come. */
export async function page(
  { orchestrator }: { readonly orchestrator: () => Promise<Orchestrator> },
  { task_id, caller }: Followed,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly frames: readonly Frame[]; readonly end: boolean }> {
  const { events, status } = await (await orchestrator()).events(task_id, caller, { after, limit });
  return { frames: events.map(frameOf), end: isTerminal(status) && events.length < limit };
}

type ReadPage = (from: { readonly after: number; readonly limit: number }) => Promise<readonly Frame[]>;

/** What one reader reads for itself: events that are not kept for all. It holds few of them at a time. */
export class Older {
  readonly #read: ReadPage;
  #limit = FIRST_PAGE;
  #frames: readonly Frame[] = [];

  constructor(read: ReadPage) {
    this.#read = read;
  }

  /** The next piece of what was read; undefined when nothing of it is left. */
  left(): Frame | undefined {
    const next = piece(this.#frames, 0);
    if (next !== undefined) this.#frames = this.#frames.filter(({ seq }) => seq > next.seq);
    return next;
  }

  /** The first piece behind `after`; undefined when there is none. */
  async read(after: number): Promise<Frame | undefined> {
    const frames = await this.#read({ after, limit: this.#limit });
    let [bytes, held] = [0, 0];
    while (held < frames.length && bytes < OLDER_BYTES) {
      bytes += frames[held]?.bytes.length ?? 0;
      held += 1;
    }
    this.#frames = frames.slice(0, held);
    // What was read and is not held has to be read again: next time about as many are read as can be held.
    this.#limit = Math.min(PAGE, bytes < OLDER_BYTES ? 2 * this.#limit : held);
    return this.left();
  }
}
