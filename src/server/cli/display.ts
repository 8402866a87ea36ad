/** What a person sees while a workflow runs: a tree redrawn in place, plain lines, or nothing. */

import { stripVTControlCharacters } from 'node:util';
import type { WorkflowEvent } from '../../core/event.ts';
import type { StatusView } from '../../core/views.ts';
import { eventLine } from './event-line.ts';
import { renderFrame } from './frame.ts';
import { paints } from './style.ts';
import type { Terminal } from './terminal.ts';
import { width } from './width.ts';

export interface Display {
  /** The newest view. */
  update(view: StatusView): void;
  /** A sentence that stays on the screen. */
  note(text: string): void;
  /** Takes away what is redrawn and shows the cursor again. Idempotent. */
  stop(): void;
}

/** Eleven pictures a second: smooth for the eye, nothing for the processor. */
const FRAME_MS = 90;
/** A log that counts on is told so often how far. */
const COUNT_MS = 5000;
const WIDEST = 120;
/** Lines that stay free, so that the picture never scrolls. */
const SPARE_ROWS = 2;
/** Terminals that know them show a picture whole; others ignore both. */
const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** The display that suits this terminal. */
export function display(terminal: Terminal, quiet: boolean): Display {
  if (quiet) return silent(terminal);
  return terminal.live ? live(terminal) : plain(terminal);
}

function silent(terminal: Terminal): Display {
  return { update: () => undefined, note: (text) => terminal.err(`${text}\n`), stop: () => undefined };
}

function plain(terminal: Terminal): Display {
  let last = 0;
  const repeated = counting();
  return {
    update: (view) => {
      for (const event of view.recent_events) {
        if (event.seq <= last) continue;
        last = event.seq;
        const line = eventLine(event, view);
        if (line !== null && !repeated(event, line)) terminal.err(`${line}\n`);
      }
    },
    note: (text) => terminal.err(`${text}\n`),
    stop: () => undefined,
  };
}

/** Whether a line says no more than one shortly before, but for its numbers: `12 so far`, `19 so far`. */
function counting(): (event: WorkflowEvent, line: string) => boolean {
  const told = new Map<string, number>();
  return ({ event_type, timestamp }, line) => {
    if (event_type !== 'agent_progress') return false;
    const words = line.replaceAll(/\d/g, '');
    const time = Date.parse(timestamp);
    if (time - (told.get(words) ?? -Infinity) < COUNT_MS) return true;
    told.set(words, time);
    return false;
  };
}

function live(terminal: Terminal): Display {
  const since = terminal.now();
  let view: StatusView | null = null;
  let drawn: readonly string[] = [];
  let tick = 0;
  let stopTimer: (() => void) | null = null;

  const lines = (of: StatusView): string[] =>
    renderFrame(of, {
      // The last column stays free: a full line would make some terminals wrap and the count of lines wrong.
      width: Math.min(WIDEST, terminal.columns) - 1,
      height: terminal.rows - SPARE_ROWS,
      now: terminal.now(),
      tick,
      since,
      color: terminal.color.err,
      unicode: terminal.unicode,
    });
  const draw = (above: string): void => {
    if (view === null) return;
    const next = lines(view);
    const body = next.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    terminal.err(`${BEGIN}${back(drawn, terminal.columns)}${above}${body}${CLEAR_BELOW}${END}`);
    drawn = next;
  };

  return {
    update: (next) => {
      view = next;
      if (stopTimer !== null) return;
      terminal.cursor(false);
      draw('');
      stopTimer = terminal.every(FRAME_MS, () => {
        tick += 1;
        draw('');
      });
    },
    note: (text) => {
      const said = paints(terminal.color.err)('caution', text);
      if (stopTimer === null) terminal.err(`${said}\n`);
      else draw(`${CLEAR_BELOW}${said}\n`);
    },
    stop: () => {
      if (stopTimer === null) return;
      stopTimer();
      stopTimer = null;
      terminal.err(`${back(drawn, terminal.columns)}${CLEAR_BELOW}`);
      drawn = [];
      terminal.cursor(true);
    },
  };
}

/** To the first line of the last picture. A window made narrower since has wrapped its lines, which is counted in. */
function back(drawn: readonly string[], columns: number): string {
  const rows = drawn.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(width(stripVTControlCharacters(line)) / columns)),
    0,
  );
  return rows === 0 ? '' : `\u001B[${rows}A\r`;
}
