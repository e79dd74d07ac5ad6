import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ORIGIN, StorageFixture, TRACE, mailOf, streamOf } from '../../test/support/storage.js';
import { StoreClosedError, StoreStoppedError } from './failure.js';

describe('SqliteMessageStore', () => {
  let root: string;
  let fixture: StorageFixture;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'message-store-'));
    fixture = await new StorageFixture(root).open();
  });

  afterEach(async () => {
    await fixture.close();
    await rm(root, { recursive: true, force: true });
  });

  test.each([
    ['an empty mail', Buffer.alloc(0), 0],
    ['a small mail', mailOf(2_000), 0],
    ['a mail that just fits into the row', mailOf(256 * 1024).subarray(0, 256 * 1024 - TRACE.length), 0],
    ['a mail of one octet more', mailOf(256 * 1024).subarray(0, 256 * 1024 - TRACE.length + 1), 1],
    ['300 KiB', mailOf(300 * 1024), 1],
    ['5 MB', mailOf(5_000_000), 1],
  ])('gives back byte by byte, behind the trace header: %s', async (_name, mail, blobs) => {
    const { id, size } = await fixture.accept(mail);
    expect(size).toBe(mail.length);
    const kept = await fixture.bytesOf(id);
    expect(kept.equals(Buffer.concat([Buffer.from(TRACE), mail]))).toBe(true);
    expect(await fixture.blobFiles()).toHaveLength(blobs);
  });

  test('takes a mail in chunks of any size', async () => {
    const mail = mailOf(700_000);
    const { id } = await fixture.store.accept(streamOf(mail, 777), ORIGIN, TRACE);
    expect((await fixture.bytesOf(id)).subarray(TRACE.length).equals(mail)).toBe(true);
  });

  test('tells what it knows of a message, at once and later', async () => {
    const before = Date.now();
    const accepted = await fixture.accept(
      'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: Änne <a@example.com>\r\n\r\nHi\r\n',
    );
    expect(accepted).toEqual({
      ...ORIGIN,
      id: accepted.id,
      receivedAt: accepted.receivedAt,
      subject: 'Grüße',
      from: 'Änne <a@example.com>',
      size: 73,
    });
    expect(accepted.receivedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(await fixture.store.find(accepted.id)).toEqual(accepted);
    expect(await fixture.store.list({ limit: 10 })).toEqual([accepted]);
  });

  test('knows nothing of an unknown id', async () => {
    expect(await fixture.store.find('nothing')).toBeUndefined();
    expect(await fixture.store.open('../../etc/passwd')).toBeUndefined();
  });

  test('lists newest first, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 7; count += 1) ids.unshift((await fixture.accept(mailOf(10))).id);
    const pages: string[][] = [];
    for (let before: string | undefined; ; before = pages.at(-1)?.at(-1)) {
      const page = await fixture.store.list({ limit: 3, before });
      if (page.length === 0) break;
      pages.push(page.map(({ id }) => id));
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(ids);
  });

  test.each([
    ['grüße', true],
    ['GRÜSSE', false],
    ['GRÜ', true],
    ['gru\u0308', true],
    ['äNNE@', true],
    ['SECOND@example.org', true],
    ['sender', true],
    ['100%', true],
    ['100_', false],
    ['%', true],
    ['a_b', true],
    ['axb', false],
    ['nowhere', false],
    ["'; DROP TABLE message; --", false],
  ])('searches for %j', async (text, found) => {
    const { id } = await fixture.accept('Subject: GRÜße 100% a_b\r\n\r\n');
    const ids = (await fixture.store.list({ limit: 10, text })).map((message) => message.id);
    expect(ids).toEqual(found ? [id] : []);
  });

  test('pages through what a search finds', async () => {
    for (let count = 0; count < 5; count += 1) await fixture.accept(mailOf(10, count % 2 === 0 ? 'even' : 'odd'));
    const [newest, ...older] = await fixture.store.list({ limit: 10, text: 'EVEN' });
    expect(older).toHaveLength(2);
    expect(await fixture.store.list({ limit: 10, text: 'even', before: newest?.id })).toEqual(older);
  });

  test.each([
    ['while the mail is small', 1],
    ['after a file was begun', 10],
  ])('keeps nothing of a body that fails %s', async (_when, chunks) => {
    const reason = new Error('client gone');
    const body = Readable.from(
      (async function* () {
        for (let count = 0; count < chunks; count += 1) yield randomBytes(60_000);
        throw reason;
      })(),
      { objectMode: false },
    );
    await expect(fixture.store.accept(body, ORIGIN, TRACE)).rejects.toBe(reason);
    expect(await fixture.store.list({ limit: 10 })).toEqual([]);
    expect(await fixture.blobFiles()).toEqual([]);
  });

  test('keeps nothing of a body that is destroyed without an error', async () => {
    const body = new Readable({ read: () => undefined });
    body.push(randomBytes(300_000));
    const accepting = fixture.store.accept(body, ORIGIN, TRACE);
    setTimeout(() => body.destroy(), 20);
    await expect(accepting).rejects.toThrow('Premature close');
    expect(await fixture.blobFiles()).toEqual([]);
  });

  test('shares commits among those who wait', async () => {
    const accepted = await Promise.all(Array.from({ length: 200 }, () => fixture.accept(mailOf(1_000))));
    const stats = await fixture.store.stats();
    expect(stats.accepted).toBe(200);
    expect(stats.commits).toBeLessThan(40);
    const listed = await fixture.store.list({ limit: 200 });
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(accepted.map(({ id }) => id)));
  });

  test('shows after a restart what was there, and sorts what comes behind it', async () => {
    const small = mailOf(100);
    const large = mailOf(400_000);
    const first = await fixture.accept(small);
    const second = await fixture.accept(large);
    await fixture.close();
    fixture = await new StorageFixture(root).open();
    const third = await fixture.accept(mailOf(1));
    expect((await fixture.store.list({ limit: 10 })).map(({ id }) => id)).toEqual([third.id, second.id, first.id]);
    expect((await fixture.bytesOf(first.id)).subarray(TRACE.length).equals(small)).toBe(true);
    expect((await fixture.bytesOf(second.id)).subarray(TRACE.length).equals(large)).toBe(true);
  });

  test('removes at the start what a killed process left, and only that', async () => {
    const { id } = await fixture.accept(mailOf(300_000));
    await fixture.close();
    const orphan = `${id.slice(0, -12)}0123456789${id.slice(-2)}`;
    const blobs = join(root, 'blobs', id.slice(-2));
    await writeFile(join(blobs, orphan), 'never committed');
    await writeFile(join(blobs, 'note.txt'), 'not ours');
    await writeFile(join(root, 'tmp', 'half'), 'never finished');
    fixture = await new StorageFixture(root).open();
    expect((await readdir(blobs)).sort()).toEqual([id, 'note.txt'].sort());
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
    expect((await fixture.bytesOf(id)).length).toBeGreaterThan(300_000);
  });

  test('tells listeners of each message once it is kept, whatever they do', async () => {
    const told: string[] = [];
    const stop = fixture.store.onAccepted(({ id }) => told.push(id));
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    fixture.store.onAccepted(() => {
      throw new Error('not the fault of the mail');
    });
    const { id } = await fixture.accept(mailOf(1));
    expect(told).toEqual([id]);
    stop();
    await fixture.accept(mailOf(1));
    expect(told).toEqual([id]);
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });

  test('keeps its files from other users', async () => {
    await fixture.accept(mailOf(300_000));
    const modes = new Map<string, number>();
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      modes.set(entry.name, mode & 0o777);
    }
    for (const [name, mode] of modes) expect([name, mode & 0o077]).toEqual([name, 0]);
    expect([...modes.keys()]).toEqual(expect.arrayContaining(['mail.sqlite', 'mail.sqlite-wal', 'lock.sqlite']));
  });

  test('waits at its close for what is under way, and takes nothing more', async () => {
    const accepting = fixture.accept(mailOf(2_000_000));
    await fixture.store.check();
    await fixture.close();
    await expect(accepting).resolves.toMatchObject({ subject: 'Hello' });
    await expect(fixture.accept(mailOf(1))).rejects.toBeInstanceOf(StoreClosedError);
    await expect(fixture.store.check()).rejects.toBeInstanceOf(StoreClosedError);
    await fixture.close();
  });

  test('stops when the database thread dies: what waits rejects, nothing is taken, the process is told', async () => {
    const body = new Readable({ read: () => undefined });
    body.push(mailOf(10));
    const accepting = fixture.store.accept(body, ORIGIN, TRACE);
    const refused = expect(accepting).rejects.toBeInstanceOf(StoreStoppedError);
    await fixture.storage.database['worker'].terminate();
    body.push(null);
    await refused;
    await expect(fixture.accept(mailOf(1))).rejects.toBeInstanceOf(StoreStoppedError);
    await expect(fixture.store.check()).rejects.toBeInstanceOf(StoreStoppedError);
    expect(fixture.fatal).toHaveLength(1);
  });
});
