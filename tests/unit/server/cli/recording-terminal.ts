/** A terminal that keeps what was written and whose clock, timers and Ctrl-C are moved by hand. */

import type { Terminal } from '../../../../src/server/cli/cli.ts';

export interface RecordingTerminal extends Terminal {
  readonly written: { out: string; err: string };
  /** Presses Ctrl-C. */
  interrupt(): void;
  terminate(exit: number): void;
  /** Moves the clock and fires the timers that are due. */
  advance(ms: number): void;
  readonly timers: () => number;
  resize(columns: number): void;
}

export type Looks = Partial<
  Pick<Terminal, 'stdinIsTTY' | 'stdoutIsTTY' | 'stderrIsTTY' | 'live' | 'unicode' | 'color'>
> & {
  readonly columns?: number;
  readonly input?: string;
};

export function recordingTerminal(looks: Looks = {}): RecordingTerminal {
  const written = { out: '', err: '' };
  const interrupts = new Set<() => void>();
  const terminations = new Set<(exit: number) => void>();
  const timers = new Set<{ ms: number; due: number; fire: () => void }>();
  let now = Date.parse('2026-03-01T12:00:10.000Z');
  let columns = looks.columns ?? 80;
  return {
    written,
    stdinIsTTY: looks.stdinIsTTY ?? true,
    stdoutIsTTY: looks.stdoutIsTTY ?? false,
    stderrIsTTY: looks.stderrIsTTY ?? looks.live ?? false,
    live: looks.live ?? false,
    unicode: looks.unicode ?? true,
    color: looks.color ?? { out: false, err: false },
    get columns(): number {
      return columns;
    },
    rows: 24,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    readInput: () => Promise.resolve(looks.input ?? ''),
    readLine: () => Promise.resolve((looks.input ?? '').split('\n')[0] ?? ''),
    cursor: (visible) => {
      written.err += visible ? '<cursor on>' : '<cursor off>';
    },
    onInterrupt: (handler) => {
      interrupts.add(handler);
      return () => interrupts.delete(handler);
    },
    onTerminate: (handler) => {
      terminations.add(handler);
      return () => terminations.delete(handler);
    },
    now: () => now,
    every: (ms, fire) => {
      const timer = { ms, due: now + ms, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    flush: () => Promise.resolve(),
    interrupt: () => interrupts.forEach((handler) => handler()),
    terminate: (exit) => terminations.forEach((handler) => handler(exit)),
    advance: (ms) => {
      now += ms;
      for (const timer of timers) {
        if (timer.due > now) continue;
        timer.due = now + timer.ms;
        timer.fire();
      }
    },
    timers: () => timers.size,
    resize: (next) => {
      columns = next;
    },
  };
}
