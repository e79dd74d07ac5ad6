import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ORIGIN } from '../../../test/support/storage.js';
import type { NewMessage } from './message-table.js';
import { SqliteDatabase } from './sqlite-database.js';

function messageOf(id: string, octets = 10): NewMessage {
  const summary = { ...ORIGIN, id, receivedAt: new Date(1_800_000_000_000), subject: 's', from: 'f', size: octets };
  return { summary, body: new Uint8Array(octets).fill(120) };
}

/** Gives a closed database the pages that earlier versions made. */
function toSmallPages(file: string): void {
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM; PRAGMA journal_mode = WAL');
  raw.close();
}

describe('SqliteDatabase', () => {
  let folder: string;
  let file: string;
  let database: SqliteDatabase;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sqlite-database-'));
    file = join(folder, 'mail.sqlite');
    database = new SqliteDatabase(file);
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('survives a power cut by its settings', () => {
    const connection = database['database'];
    expect(connection.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(connection.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  test('keeps a group in one transaction', () => {
    expect(database.insert([messageOf('1'), messageOf('2'), messageOf('3')])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(database.commits).toBe(1);
    expect(database.messages.newestId()).toBe('3');
  });

  test('keeps the neighbours of one that cannot be kept, each once', () => {
    database.insert([messageOf('2')]);
    const outcomes = database.insert([messageOf('1'), messageOf('2'), messageOf('3')]);
    expect(outcomes).toEqual([undefined, { kind: 'other', message: expect.stringContaining('UNIQUE') }, undefined]);
    expect(database.messages.list({ limit: 10 }).map(({ id }) => id)).toEqual(['3', '2', '1']);
  });

  test('tells a body in the row from one in a file, and an unknown id from both', () => {
    database.insert([messageOf('1', 3), { ...messageOf('2'), body: null }]);
    expect(database.messages.readBody('1')).toEqual({ in: 'row', bytes: new Uint8Array([120, 120, 120]) });
    expect(database.messages.readBody('2')).toEqual({ in: 'blob' });
    expect(database.messages.readBody('3')).toBeUndefined();
    expect(database.messages.unknownIds(['1', '2', '3'])).toEqual(['3']);
  });

  test('checks by a commit', () => {
    const before = statSync(`${file}-wal`).size;
    database.check();
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(before);
  });

  test('opens what it has written', () => {
    database.insert([messageOf('1')]);
    database.accounts.insert({ key: 'ann', username: 'Ann', passwordHash: 'hash' });
    database.close();
    database = new SqliteDatabase(file);
    expect(database.messages.find('1')).toEqual(messageOf('1').summary);
    expect(database.accounts.find('ann')).toEqual({ key: 'ann', username: 'Ann', passwordHash: 'hash' });
  });

  describe.each([
    ['a new database', 16_384, undefined],
    ['a database of an earlier version', 4096, toSmallPages],
  ])('%s', (_what, pageBytes, age) => {
    beforeEach(() => {
      database.insert([messageOf('/')]);
      database.close();
      age?.(file);
      database = new SqliteDatabase(file);
    });

    test('keeps its size of pages and what is in it', () => {
      expect(database['database'].prepare('PRAGMA page_size').get()).toEqual({ page_size: pageBytes });
      expect(database['database'].prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
      expect(database.messages.find('/')).toEqual(messageOf('/').summary);
    });

    test.each([
      ['large mails', 100, 256 * 1024],
      ['small mails, one a transaction', 800, 20_000],
    ])('moves the log into the file before it grows large: %s', (_mails, mails, octets) => {
      for (let count = 0; count < mails; count += 1) {
        database.insert([messageOf(String(count), octets)]);
        expect(database.checkpointWhenDue()).toBeUndefined();
      }
      expect(statSync(`${file}-wal`).size).toBeLessThan(8 * 1024 * 1024);
      expect(statSync(file).size).toBeGreaterThan(mails * octets - 8 * 1024 * 1024);
    });
  });

  test('refuses a database of a newer version', () => {
    const other = join(folder, 'newer.sqlite');
    const newer = new DatabaseSync(other);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => new SqliteDatabase(other)).toThrow('schema 99');
  });
});
