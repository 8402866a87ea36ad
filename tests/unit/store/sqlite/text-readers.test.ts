import SqliteDatabase, { type Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { migrate, MIGRATIONS } from '../../../../src/store/sqlite/migrate.ts';
import { idOf } from '../../../contract/rows.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { Random } from '../../../support/random.ts';
import { seeds } from '../../../support/seeds.ts';

const AT = '2026-01-01T00:00:00.000Z';
const TEXTS = 6;

interface Text {
  readonly sha256: string;
  readonly format: string;
}

function textNumber(n: number): Text {
  return { sha256: String(n).padStart(64, '0'), format: n % 2 === 0 ? 'html' : 'text' };
}

/** Outcomes of tools, right ones and others. The last texts are nowhere. */
function outputs(random: Random): readonly string[] {
  const some = (): Json => ({ title: 't "sha256"', ...textNumber(random.below(TEXTS + 2)) });
  return [
    JSON.stringify({ text: 'none of it', brought: [] }),
    JSON.stringify({ text: '{"brought": [{"sha256": "', brought: [some()] }),
    JSON.stringify({ brought: [some(), some(), 'sha256', null, 3, { sha256: 1 }], failed: false }),
    JSON.stringify({ brought: { ...textNumber(0) } }),
    '"brought"',
    '{"brought": [{"sha256": ',
  ];
}

/** A database as a former release filled it, and how more is written into it. */
function former(file: string) {
  const db = new SqliteDatabase(file, { timeout: 0 });
  db.pragma('journal_mode = WAL');
  db.pragma('foreign_keys = OFF');
  migrate(db, AT, MIGRATIONS.slice(0, 3));
  const workflow = db.prepare(
    `INSERT INTO workflows (task_id, orchestrator_type, task, status, created_at, config, owner, phase, input_hash, salt)
     VALUES (?, 'swarm', 'q', ?, '${AT}', '{}', 'local', 'done', 'h', 's')`,
  );
  const call = db.prepare(
    `INSERT INTO calls (task_id, call_id, position, step_id, key, attempt, round, kind, name, request_hash, share, status,
       reserved_tokens, started_at, output)
     VALUES (?, ?, 1, 's', 'k', 1, 1, ?, 'm', 'h', 'agents', 'succeeded', 1, '${AT}', ?)`,
  );
  const text = db.prepare(
    `INSERT INTO texts (sha256, format, codec, body, layout, characters, created_at, stored_by, hash)
     VALUES (?, ?, 'none', x'', x'', 1, '${AT}', ?, 'h')`,
  );
  return {
    db,
    begin: (n: number, status: string) => workflow.run(idOf(n), status),
    call: (
      n: number,
      call_id: string,
      { kind = 'tool', output }: { readonly kind?: string; readonly output: string },
    ) => call.run(idOf(n), call_id, kind, output),
    store: ({ sha256, format }: Text, n: number) => text.run(sha256, format, idOf(n)),
  };
}

/** Who reads what, as the rows say, one outcome after the other. */
function expected(db: Database): readonly string[] {
  const known = new Set(
    db
      .prepare<[], Text>('SELECT * FROM texts')
      .all()
      .map(({ sha256, format }) => `${sha256} ${format}`),
  );
  const stored = db
    .prepare<[], Text & { stored_by: string }>(
      'SELECT texts.* FROM texts JOIN workflows ON task_id = stored_by WHERE erased_at IS NULL',
    )
    .all()
    .map(({ sha256, format, stored_by }) => `${stored_by} ${sha256} ${format}`);
  const calls = db
    .prepare<[], { task_id: string; output: string }>("SELECT task_id, output FROM calls WHERE kind = 'tool'")
    .all();
  const brought = calls.flatMap(({ task_id, output }) =>
    namedIn(output).flatMap((name) => (known.has(name) ? [`${task_id} ${name}`] : [])),
  );
  return [...new Set([...stored, ...brought])].toSorted();
}

function namedIn(output: string): readonly string[] {
  const [, list = ''] = /^\{.*"brought":(\[.*?\])(?:,"failed":false)?\}$/.exec(output) ?? [];
  if (list === '') return [];
  const found: readonly (Partial<Text> | string | number | null)[] = JSON.parse(list);
  return found.flatMap((one) =>
    typeof one === 'object' && one !== null ? [`${String(one.sha256)} ${String(one.format)}`] : [],
  );
}

function readers(db: Database): readonly string[] {
  return db
    .prepare<[], Text & { task_id: string }>('SELECT * FROM text_readers')
    .all()
    .map(({ task_id, sha256, format }) => `${task_id} ${sha256} ${format}`)
    .toSorted();
}

test.each(seeds(10))(
  'who reads which text follows from every outcome, also of calls that end while they are read (seed %i)',
  async (seed) => {
    const random = new Random(seed);
    const file = `${await temporaryFolder()}/a.db`;
    const old = former(file);
    const some = (): string => random.pick(outputs(random));
    for (let n = 0; n < TEXTS; n += 1) old.store(textNumber(n), 1 + random.below(4));
    for (let n = 1; n <= 4; n += 1) {
      old.begin(n, random.pick(['pending', 'running', 'running', 'completed', 'failed', 'cancelled']));
      for (let k = 0; k < 6; k += 1)
        old.call(n, `a${k}`, { kind: random.pick(['tool', 'tool', 'model']), output: some() });
    }
    // Another process of the former release, which has the file open: it must not be kept waiting.
    const meanwhile = (): void => {
      const open = old.db
        .prepare<[], string>("SELECT task_id FROM workflows WHERE status IN ('pending', 'running')")
        .pluck();
      for (const task_id of open.all()) {
        for (const n of [1, 2, 3, 4]) if (idOf(n) === task_id) old.call(n, 'b', { output: some() });
        if (random.below(2) === 0) {
          old.db.prepare("UPDATE workflows SET status = 'completed' WHERE task_id = ?").run(task_id);
        }
      }
      old.begin(5, 'completed');
      old.call(5, 'b', { output: some() });
      old.store(textNumber(TEXTS), 5);
    };
    const db = new SqliteDatabase(file, { timeout: 0 });
    let during = 0;
    const list = MIGRATIONS.slice(0, 4).map((migration) => ({
      ...migration,
      before: (target: Database) => {
        const end = migration.before?.(target);
        if (migration.number === 4) meanwhile();
        during += 1;
        return () => end?.();
      },
    }));
    migrate(db, AT, list);
    expect(during).toBe(1);
    expect(readers(db)).toEqual(expected(db));
    expect(db.prepare('SELECT count(*) FROM temp.sqlite_master').pluck().get()).toBe(0);
    old.db.close();
    db.close();
  },
);
