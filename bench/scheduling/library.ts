/** A library of one text in memory: collecting costs next to nothing, so that what is measured is the scheduling. */

import { createHash } from 'node:crypto';
import type { Layout } from '../../src/core/source.ts';
import type { Library } from '../../src/providers/providers.ts';

export const LINES: readonly string[] = Array.from(
  { length: 60 },
  (_, n) => `Finding ${n + 1} stands on a line of its own.`,
);
export const TEXT: string = `${LINES.join('\n')}\n`;

export function libraryInMemory(): Library {
  const placeStarts = [0, ...Array.from(TEXT.matchAll(/\n(?=.)/g), (match) => match.index + 1)];
  const layout: Layout = { place: 'line', headings: [], passages: [], blanks: [], placeStarts };
  const sha256 = createHash('sha256').update(TEXT).digest('hex');
  return {
    collect: async (_, each) => {
      await each({
        text: TEXT,
        layout,
        title: 'findings',
        format: 'text',
        domain: 'general',
        date: null,
        sha256,
        location: 'findings.txt',
        uri: 'file:///findings.txt',
        modified_at: '2026-01-01T00:00:00.000Z',
      });
      return { skipped: [] };
    },
    prepare: async () => {},
    search: async () => [],
    themes: async () => [],
    forget: async () => {},
    close: async () => {},
  };
}
