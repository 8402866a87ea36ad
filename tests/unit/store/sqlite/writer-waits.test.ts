import { setImmediate as turn } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Writer } from '../../../../src/store/sqlite/writer.ts';
import { temporaryFolder } from '../../../support/folder.ts';

async function timed() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  const file = `${await temporaryFolder()}/a.db`;
  const [db, other] = [new SqliteDatabase(file, { timeout: 0 }), new SqliteDatabase(file)];
  onTestFinished(() => {
    vi.useRealTimers();
    db.close();
    other.close();
  });
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE t (name TEXT)');
  const asked = { times: 0 };
  const writer = new Writer(db, { lockWaitMs: 10_000, intact: () => (asked.times += 1) });
  const insert = (name: string) => () => void db.prepare('INSERT INTO t VALUES (?)').run(name);
  return { other, asked, writer, insert };
}

describe('a lock that others hold for long', () => {
  test('is asked no more often than in the beginning: the processor is for the one that writes', async () => {
    const { other, asked, writer, insert } = await timed();
    other.exec('BEGIN IMMEDIATE');
    const written = writer.write(insert('a'));
    await turn();
    await vi.advanceTimersByTimeAsync(1000);
    const first = asked.times;
    await vi.advanceTimersByTimeAsync(8000);
    expect(asked.times - first).toBeLessThan(8 * 34);
    expect(asked.times - first).toBeGreaterThan(8 * 10);
    other.exec('COMMIT');
    await vi.advanceTimersByTimeAsync(100);
    await written;
  });

  test('is waited for anew with each change that others make, and not without end', async () => {
    const { other, writer, insert } = await timed();
    other.exec('BEGIN IMMEDIATE');
    const written = writer.write(insert('a')).catch((thrown: unknown) => thrown);
    let settled = false;
    void written.then(() => (settled = true));
    await turn();
    for (let seconds = 2; seconds <= 28; seconds += 2) {
      await vi.advanceTimersByTimeAsync(2000);
      expect([seconds, settled]).toEqual([seconds, false]);
      other.exec("INSERT INTO t VALUES ('b'); COMMIT; BEGIN IMMEDIATE");
    }
    await vi.advanceTimersByTimeAsync(2200);
    expect(await written).toMatchObject({ code: 'STORE_LOCKED' });
  });

  test('is given up at once by who finds that there is nothing to write any more', async () => {
    const { other, writer, insert } = await timed();
    other.exec('BEGIN IMMEDIATE');
    let there = true;
    const written = writer.writeWhile(insert('a'), () => there);
    await turn();
    await vi.advanceTimersByTimeAsync(500);
    there = false;
    await vi.advanceTimersByTimeAsync(100);
    expect(await written).toBeNull();
    other.exec('COMMIT');
    expect(other.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });
});
