/** Sources, passages and claims: the rows a step's outcome brings along, and their readers; texts by content hash. */

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Layout, SourceFormat } from '../../core/source.ts';
import type { Evidence } from '../../core/step.ts';
import type { ClaimVerbs, SourceVerbs, StoreText, TextVerbs } from '../store.ts';
import { type ClaimRow, type SourceRow, toSource } from './rows.ts';
import { read, type Session } from './session.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);
/** Quality 4: as fast as gzip 6 and smaller, on the text this program stores. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
/** Below this a frame costs more than it saves. */
const COMPRESS_ABOVE = 1024;
/** A stored body that claims to be larger than any text we accept is damage, not data. */
const MAX_BODY = { maxOutputLength: 1 << 29 };

/** Inside a verb: inserts the rows of one step's outcome. */
export function prepareEvidence(session: Session): (task_id: string, evidence: Evidence) => void {
  const { db } = session;
  const source = db.prepare(
    `INSERT INTO sources (task_id, source_id, position, sha256, format, title, location, uri, domain, date, modified_at,
       accessed_at, characters, also_at)
     VALUES (@task_id, @source_id, @position, @sha256, @format, @title, @location, @uri, @domain, @date, @modified_at,
       @accessed_at, @characters, @also_at)`,
  );
  const passage = db.prepare(
    `INSERT INTO passages (task_id, passage_id, agent_id, source_id, "start", "end", heading, location, score)
     VALUES (@task_id, @passage_id, @agent_id, @source_id, @start, @end, @heading, @location, @score)`,
  );
  const claim = db.prepare(
    `INSERT INTO claims (task_id, claim_id, position, agent_id, source_id, text, quote, "start", "end", label, location,
       heading, score, objective)
     VALUES (@task_id, @claim_id, @position, @agent_id, @source_id, @text, @quote, @start, @end, @label, @location,
       @heading, @score, @objective)`,
  );
  return (task_id, evidence) => {
    for (const [position, row] of (evidence.sources ?? []).entries()) {
      source.run({ ...row, task_id, position, also_at: JSON.stringify(row.also_at) });
    }
    for (const row of evidence.passages ?? []) passage.run({ ...row, task_id });
    for (const [position, row] of (evidence.claims ?? []).entries()) claim.run({ ...row, task_id, position });
  };
}

export function sourceVerbs(session: Session): SourceVerbs {
  const columns = `source_id, sha256, format, title, location, uri, domain, date, modified_at, accessed_at, characters, also_at`;
  const all = session.db.prepare<[string], SourceRow>(
    `SELECT ${columns} FROM sources WHERE task_id = ? ORDER BY position`,
  );
  const one = session.db.prepare<[string, string], SourceRow>(
    `SELECT ${columns} FROM sources WHERE task_id = ? AND source_id = ?`,
  );
  return {
    list: (task_id) => read(session, () => all.all(task_id).map(toSource)),
    get: (task_id, source_id) =>
      read(session, () => {
        const row = one.get(task_id, source_id);
        return row === undefined ? null : toSource(row);
      }),
  };
}

export function claimVerbs(session: Session): ClaimVerbs {
  const all = session.db.prepare<[string], ClaimRow>(
    `SELECT claim_id, agent_id, source_id, text, quote, "start", "end", label, location, heading, score, objective
     FROM claims WHERE task_id = ? ORDER BY agent_id, position`,
  );
  return { list: (task_id) => read(session, () => all.all(task_id)) };
}

interface TextRow {
  codec: 'raw' | 'brotli';
  body: Buffer;
  layout: Buffer;
}

export function textVerbs(session: Session): TextVerbs {
  const { db, writer, clock } = session;
  const one = db.prepare<[string, string], TextRow>(
    'SELECT codec, body, layout FROM texts WHERE sha256 = ? AND format = ?',
  );
  const insert = db.prepare<[string, string, string, Buffer, Buffer, number, string]>(
    `INSERT OR IGNORE INTO texts (sha256, format, codec, body, layout, characters, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    put: async (text: StoreText) => {
      const known = (): boolean => one.get(text.sha256, text.format) !== undefined;
      await writer.writePrepared(
        async () => ((await read(session, known)) ? null : pack(text)),
        ({ codec, body, layout }) => {
          insert.run(text.sha256, text.format, codec, body, layout, text.text.length, iso(clock.now()));
        },
      );
    },
    get: async (sha256, format) => {
      const row = await read(session, () => one.get(sha256, format));
      if (row === undefined) throw new Fault('STORE_CORRUPT', `${db.name}: the stored text ${sha256} is missing`);
      return unpack(row, { sha256, format, file: db.name });
    },
  };
}

async function pack(text: StoreText): Promise<TextRow> {
  const body = Buffer.from(text.text, 'utf8');
  const layout = Buffer.from(JSON.stringify(text.layout), 'utf8');
  if (body.length <= COMPRESS_ABOVE) return { codec: 'raw', body, layout };
  return { codec: 'brotli', body: await compress(body, QUALITY), layout: await compress(layout, QUALITY) };
}

async function unpack(
  row: TextRow,
  of: { sha256: string; format: SourceFormat; file: string },
): Promise<{ text: string; layout: Layout }> {
  const damaged = new Fault('STORE_CORRUPT', `${of.file}: the stored text ${of.sha256} does not match its hash`);
  try {
    const [body, layout] =
      row.codec === 'raw'
        ? [row.body, row.layout]
        : await Promise.all([decompress(row.body, MAX_BODY), decompress(row.layout, MAX_BODY)]);
    if (createHash('sha256').update(body).digest('hex') !== of.sha256) throw damaged;
    return { text: body.toString('utf8'), layout: JSON.parse(layout.toString('utf8')) as Layout };
  } catch (thrown) {
    if (thrown === damaged) throw thrown;
    throw new Fault('STORE_CORRUPT', damaged.message, { cause: thrown });
  }
}
