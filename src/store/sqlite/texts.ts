/** Texts: stored once for all workflows, compressed, by the hash of their content. */

import type { Database } from 'better-sqlite3';
import type { AuditFinding } from '../../core/audit.ts';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Layout } from '../../core/source.ts';
import { textHash } from '../chain.ts';
import type { StoreText, TextVerbs } from '../store.ts';
import { compressed, decompressed, plain } from './compression.ts';
import { read, type Session } from './session.ts';

/** Below this a frame costs more than it saves. */
const COMPRESS_ABOVE = 1024;

interface TextRow {
  sha256: string;
  format: string;
  codec: 'raw' | 'brotli';
  body: Buffer;
  layout: Buffer;
  characters: number;
  created_at: string;
  /** The workflow that stored it; empty in rows of the first release. */
  stored_by: string;
  /** Covers the rest of the row (chain.ts). */
  hash: string;
}

/** Whom a text is stored for, and which. */
type TextReader = Pick<TextRow, 'sha256' | 'format' | 'stored_by'>;

export type TextKey = Pick<TextRow, 'sha256' | 'format'>;

const ONE = 'SELECT * FROM texts WHERE sha256 = ? AND format = ?';

export function textVerbs(session: Session): TextVerbs {
  const { db, writer, clock } = session;
  const one = db.prepare<[string, string], TextRow>(ONE);
  const known = db.prepare<[string, string], 1>('SELECT 1 FROM texts WHERE sha256 = ? AND format = ?').pluck();
  const reader = db
    .prepare<TextReader, 1>(
      'SELECT 1 FROM text_readers WHERE task_id = @stored_by AND sha256 = @sha256 AND format = @format',
    )
    .pluck();
  const ended = db
    .prepare<[string], 1>('SELECT 1 FROM workflows WHERE task_id = ? AND completed_at IS NOT NULL')
    .pluck();
  const insert = db.prepare<[TextRow]>(
    `INSERT OR IGNORE INTO texts (sha256, format, codec, body, layout, characters, created_at, stored_by, hash)
     VALUES (@sha256, @format, @codec, @body, @layout, @characters, @created_at, @stored_by, @hash)`,
  );
  const reads = db.prepare<TextReader>(
    `INSERT OR IGNORE INTO text_readers (task_id, sha256, format)
     SELECT @stored_by, sha256, format FROM texts WHERE sha256 = @sha256 AND format = @format`,
  );
  /** False where the text was known, and went before its reader was recorded; null where there was nothing to write. */
  const attempt = (text: StoreText): Promise<boolean | null> => {
    const { sha256, format, stored_by } = text;
    const by = { sha256, format, stored_by };
    const isRead = (): boolean => reader.get(by) !== undefined;
    return writer.writePrepared(
      async () => {
        const there = await read(session, () => ({ known: known.get(sha256, format) !== undefined, isRead: isRead() }));
        if (there.isRead) return null;
        return { row: there.known ? null : await pack(text, iso(clock.now())) };
      },
      ({ row }) => {
        // What a reader that was paused past its lease brings after the erasure, no later erasure would ever take away.
        if (ended.get(stored_by) !== undefined) {
          throw new Fault('LEASE_LOST', `${stored_by} has ended, and reads nothing more`);
        }
        if (row !== null) insert.run(row);
        return reads.run(by).changes > 0 || isRead();
      },
    );
  };
  return {
    put: async (text) => {
      while ((await attempt(text)) === false);
    },
    get: async (sha256, format) => {
      const row = await read(session, () => one.get(sha256, format));
      if (row === undefined) throw new Fault('STORE_CORRUPT', `${db.name}: the stored text ${sha256} is missing`);
      const { text, layout } = await unpack(row, db.name);
      return { text, layout: JSON.parse(layout) as Layout };
    },
  };
}

async function pack({ sha256, format, text, layout, stored_by }: StoreText, created_at: string): Promise<TextRow> {
  // No text has fewer bytes than characters: a long one need not be counted.
  const raw = text.length <= COMPRESS_ABOVE && Buffer.byteLength(text, 'utf8') <= COMPRESS_ABOVE;
  const stored = (plainText: string): Promise<Buffer> | Buffer =>
    raw ? Buffer.from(plainText, 'utf8') : compressed(plainText);
  const [body, spans] = await Promise.all([stored(text), stored(JSON.stringify(layout))]);
  const codec = raw ? 'raw' : 'brotli';
  const row = {
    sha256,
    format,
    codec,
    body,
    layout: spans,
    characters: text.length,
    created_at,
    stored_by,
  } as const;
  return { ...row, hash: textHash(row) };
}

/** Text and layout as they were put. Throws STORE_CORRUPT where the text is not the one its hash names. */
async function unpack(row: TextRow, file: string): Promise<{ text: string; layout: string }> {
  const damaged = (cause?: unknown): Fault =>
    new Fault('STORE_CORRUPT', `${file}: the stored text ${row.sha256} does not match its hash`, { cause });
  const unpacked = row.codec === 'raw' ? plain : decompressed;
  try {
    const [body, layout] = await Promise.all([unpacked(row.body), unpacked(row.layout)]);
    if (body.sha256 === row.sha256) return { text: body.text, layout: layout.text };
  } catch (thrown) {
    throw damaged(thrown);
  }
  throw damaged();
}

/** How a row is read: at once, or as a store reads, which waits for locks and refuses once it is closed. */
type ReadText = (row: () => TextRow | undefined) => Promise<TextRow | undefined>;

/** What is wrong with a stored text: its row, or what it unpacks to. */
export type CheckText = (key: TextKey) => Promise<readonly AuditFinding[]>;

/**
 * A text that is missing is not told here but by the seal that names it: texts are read after the rest, and one whose
 * workflow is erased meanwhile is rightly gone.
 */
export function prepareTextCheck(db: Database, read: ReadText = async (row) => row()): CheckText {
  const one = db.prepare<[string, string], TextRow>(ONE);
  return async ({ sha256, format }) => {
    const row = await read(() => one.get(sha256, format));
    if (row === undefined) return [];
    const where = `texts ${sha256}/${format}`;
    if (textHash(row) !== row.hash) return [{ where, what: 'The row is not what was stored.' }];
    try {
      await unpack(row, db.name);
      return [];
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return [{ where, what: 'The text is not the one its hash names.' }];
    }
  };
}
