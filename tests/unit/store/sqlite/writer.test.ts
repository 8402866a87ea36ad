import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import SqliteDatabase, { type Database, SqliteError } from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import { connect } from '../../../../src/store/sqlite/connection.ts';
import { prepareShared, read, type Session } from '../../../../src/store/sqlite/session.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { Writer } from '../../../../src/store/sqlite/writer.ts';
import { ROOM, submission } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { standTimeStill } from '../../../support/standing-time.ts';

interface Bench {
  readonly file: string;
  readonly db: Database;
  readonly writer: Writer;
  /** A verb that inserts one row. */
  readonly put: (name: string) => () => void;
  /** What another connection sees. */
  readonly seen: () => unknown[];
}

async function bench(lockWaitMs = 60_000): Promise<Bench> {
  const file = `${await temporaryFolder()}/a.db`;
  const db = await connect(file, { lockWaitMs: 0, at: '' });
  db.exec('CREATE TABLE notes (name TEXT PRIMARY KEY)');
  const other = new SqliteDatabase(file, { readonly: true });
  onTestFinished(() => {
    db.close();
    other.close();
  });
  const insert = db.prepare('INSERT INTO notes (name) VALUES (?)');
  const rows = other.prepare('SELECT name FROM notes ORDER BY rowid').pluck();
  return {
    file,
    db,
    writer: new Writer(db, { lockWaitMs, intact: () => undefined }),
    put: (name) => () => {
      insert.run(name);
    },
    seen: () => rows.all(),
  };
}

/** Commits in the log: frames that carry the size of the database after a commit. */
function commits(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const frame = 24 + log.readUInt32BE(8);
  let found = 0;
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) found += 1;
  return found;
}

describe('group commit', () => {
  test('writes of one turn share one commit, writes of their own turns do not', async () => {
    standTimeStill();
    const { file, writer, put, seen } = await bench();
    const before = commits(file);
    await Promise.all(Array.from({ length: 50 }, (_, n) => writer.write(put(`a${n}`))));
    expect(commits(file)).toBe(before + 1);
    for (const name of ['x', 'y', 'z']) await writer.write(put(name));
    expect(commits(file)).toBe(before + 4);
    expect(seen().length).toBe(53);
  });

  test('the verbs of a store share commits too', async () => {
    standTimeStill();
    const file = `${await temporaryFolder()}/a.db`;
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    const before = commits(file);
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.workflows.create(submission(n + 1), ROOM)));
    expect(commits(file)).toBe(before + 1);
    await store.close();
  });

  test('a promise resolves when everyone can see the write, and not before', async () => {
    const { writer, put, seen } = await bench();
    const written = writer.write(put('a')).then(seen);
    await Promise.resolve();
    expect(seen()).toEqual([]);
    expect(await written).toEqual(['a']);
  });

  test('a verb that throws takes back itself alone, also what it wrote before', async () => {
    const { writer, put, seen } = await bench();
    const results = await Promise.allSettled([
      writer.write(put('a')),
      writer.write(() => {
        put('b')();
        throw new Fault('LEASE_LOST', 'taken over');
      }),
      writer.write(() => {
        put('c')();
        put('a')();
      }),
      writer.write(put('d')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'LEASE_LOST' } });
    expect(seen()).toEqual(['a', 'd']);
  });

  test('when the commit itself fails, everyone in it is told and nothing is kept', async () => {
    const { db, writer, put, seen } = await bench();
    const orphan = db.prepare("INSERT INTO results VALUES ('nobody', '{}', 0, 0, 0)");
    const results = await Promise.allSettled([
      writer.write(put('a')),
      writer.write(() => {
        db.pragma('defer_foreign_keys = ON');
        orphan.run();
      }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await writer.write(put('b'));
    expect(seen()).toEqual(['b']);
  });
});

describe('what follows from a write', () => {
  test('shares its commit, also what follows from that, and is told of nothing before', async () => {
    const { file, writer, put, seen } = await bench();
    const before = commits(file);
    const told: unknown[] = [];
    const asked: Promise<void>[] = [];
    const back = (): void => {
      told.push('back');
    };
    const next = (name: string, then?: () => void): void => {
      asked.push(writer.write(put(name), { written: () => then?.(), back }));
    };
    const value = await writer.write(
      () => {
        put('a')();
        return 'what a wrote';
      },
      {
        written: (written) => {
          told.push(written, seen());
          next('b', () => next('c'));
        },
        back,
      },
    );
    await Promise.all(asked);
    expect(commits(file)).toBe(before + 1);
    expect([value, told, seen()]).toEqual(['what a wrote', ['what a wrote', []], ['a', 'b', 'c']]);
  });

  test('hears of a write that throws nothing, and takes only itself back when it throws', async () => {
    const { writer, put, seen } = await bench();
    const told: string[] = [];
    const ahead = (name: string, then: () => void) => ({
      written: () => {
        told.push(name);
        then();
      },
      back: () => told.push(`${name} back`),
    });
    const asked: Promise<unknown>[] = [];
    await writer.write(
      put('a'),
      ahead('a', () =>
        asked.push(
          writer.write(
            put('a'),
            ahead('twice', () => undefined),
          ),
        ),
      ),
    );
    expect(await Promise.allSettled(asked)).toMatchObject([{ status: 'rejected' }]);
    expect([told, seen()]).toEqual([['a'], ['a']]);
  });

  test('is taken back with it, the last first, before anyone is told of the failure', async () => {
    const { db, writer, put, seen } = await bench();
    const told: string[] = [];
    const orphan = db.prepare("INSERT INTO results VALUES ('nobody', '{}', 0, 0, 0)");
    const breaksTheCommit = (): void => {
      db.pragma('defer_foreign_keys = ON');
      orphan.run();
    };
    const ahead = (name: string, then: () => void) => ({ written: then, back: () => told.push(`${name} back`) });
    const heard = (name: string) => (): void => {
      told.push(`${name} rejects`);
    };
    const asked: Promise<void>[] = [];
    const first = writer.write(
      put('a'),
      ahead('a', () => {
        asked.push(
          writer
            .write(
              breaksTheCommit,
              ahead('b', () => undefined),
            )
            .catch(heard('b')),
        );
      }),
    );
    await first.catch(heard('a'));
    await Promise.all(asked);
    expect([told, seen()]).toEqual([['b back', 'a back', 'a rejects', 'b rejects'], []]);
    await writer.write(put('later'));
    expect(seen()).toEqual(['later']);
  });

  test('is refused with everyone else where it cannot be told', async () => {
    const { writer, put, seen } = await bench();
    const thrown = new Fault('STORE_FULL', 'no room');
    const asked: Promise<void>[] = [];
    const written = (): never => {
      asked.push(writer.write(put('b')));
      throw thrown;
    };
    const told: string[] = [];
    const other = writer.write(put('other'));
    await expect(writer.write(put('a'), { written, back: () => told.push('back') })).rejects.toBe(thrown);
    await expect(Promise.allSettled([other, ...asked])).resolves.toMatchObject([
      { reason: thrown },
      { reason: thrown },
    ]);
    expect([told, seen()]).toEqual([['back'], []]);
  });
});

describe('a full disk', () => {
  test('refuses with STORE_FULL, keeps what was committed, and writing goes on once there is room', async () => {
    const { db, writer, put, seen } = await bench();
    await writer.write(put('before'));
    const pages = db.pragma('page_count', { simple: true });
    db.pragma(`max_page_count = ${String(pages)}`);
    const results = await Promise.allSettled([
      writer.write(put('small')),
      writer.write(put('large'.repeat(100_000))),
      writer.write(put('late')),
    ]);
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'STORE_FULL', retryable: true });
    const kept = ['small', 'large', 'late'].filter((_, n) => results[n]?.status === 'fulfilled');
    expect(seen()).toEqual(['before', ...kept]);
    db.pragma('max_page_count = 1000000');
    await writer.write(put('after'));
    expect(seen()).toEqual(['before', ...kept, 'after']);
  });
});

describe('another program that writes', () => {
  test('is waited for without holding up the event loop, in the order of arrival', async () => {
    const { file, writer, put, seen } = await bench();
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN IMMEDIATE');
    const written = Promise.all(['a', 'b'].map((name) => writer.write(put(name))));
    for (let turns = 0; turns < 200; turns += 1) await turn();
    const more = writer.write(put('c'));
    // This same thread gives the lock back: had the writer blocked it, it would wait a minute in vain, and no test takes that.
    blocker.exec('COMMIT');
    await Promise.all([written, more]);
    expect(seen()).toEqual(['a', 'b', 'c']);
    blocker.close();
  });

  test('is waited for only so long', async () => {
    const { file, writer, put, seen } = await bench(20);
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN IMMEDIATE');
    await expect(writer.write(put('a'))).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    blocker.exec('COMMIT');
    blocker.close();
    await writer.write(put('b'));
    expect(seen()).toEqual(['b']);
  });

  test('is waited for by closing as well', async () => {
    const { file, writer, put, seen } = await bench();
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN IMMEDIATE');
    const written = writer.write(put('a'));
    await turn();
    const closed = writer.close();
    await expect(writer.write(put('late'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    blocker.exec('COMMIT');
    await closed;
    expect(seen()).toEqual(['a']);
    await written;
    blocker.close();
  });

  test('may keep its log when we close', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    await store.workflows.create(submission(1), ROOM);
    const reader = new SqliteDatabase(file);
    reader.exec('BEGIN; SELECT * FROM workflows');
    reader.prepare('SELECT count(*) FROM workflows').get();
    await store.close();
    expect(reader.prepare('SELECT count(*) FROM workflows').pluck().get()).toBe(1);
    reader.close();
  });
});

test('an error that has nothing to do with locks or disks is passed on as it is', async () => {
  const { writer } = await bench();
  const thrown = new TypeError('a defect');
  await expect(
    writer.write(() => {
      throw thrown;
    }),
  ).rejects.toBe(thrown);
});

test('a connection that is gone refuses all who wait', async () => {
  const { db, writer, put } = await bench();
  const written = Promise.allSettled([writer.write(put('a')), writer.write(put('b'))]);
  db.close();
  expect((await written).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await writer.close();
});

async function session(lockWaitMs: number): Promise<Session> {
  const { db, writer } = await bench();
  return { db, writer, lockWaitMs, clock: new FakeClock(), intact: () => undefined, statements: prepareShared(db) };
}

const fails = async (thrown: Error): Promise<unknown> => {
  const at = await session(1);
  const query = (): never => {
    throw thrown;
  };
  return read(at, query).catch((reason: unknown) => reason);
};

describe('reading', () => {
  const busy = new SqliteError('database is locked', 'SQLITE_BUSY_RECOVERY');

  test('waits while another process recovers the log', async () => {
    let left = 3;
    const query = (): string => {
      left -= 1;
      if (left > 0) throw busy;
      return 'read';
    };
    expect(await read(await session(60_000), query)).toBe('read');
  });

  test('waits only so long, and says what is wrong', async () => {
    expect(await fails(busy)).toMatchObject({ code: 'STORE_LOCKED' });
    expect(await fails(new SqliteError('disk I/O error', 'SQLITE_IOERR_READ'))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await fails(new SqliteError('malformed', 'SQLITE_CORRUPT'))).toMatchObject({ code: 'STORE_CORRUPT' });
    expect(await fails(new RangeError('x'))).toBeInstanceOf(RangeError);
  });
});
