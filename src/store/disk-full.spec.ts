import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFixture, mailOf } from '../../test/support/storage.js';
import { StorageFullError } from './message-store.js';

const DISK_BYTES = 4 * 1024 * 1024;

/** A small disk of its own; undefined with the reason when this machine does not let us have one. */
function mountSmallDisk(): { path?: string; reason?: string } {
  const path = mkdtempSync(join(tmpdir(), 'disk-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', path], { stdio: 'pipe' });
    return { path };
  } catch (error) {
    rmSync(path, { recursive: true });
    return { reason: (error as Error).message.trim().replace(/\s+/g, ' ') };
  }
}

/** Writes until nothing goes in any more. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (const bytes of [64 * 1024, 4096, 1]) {
      const block = Buffer.alloc(bytes);
      try {
        for (;;) writeSync(descriptor, block);
      } catch {
        // full for blocks of this size
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

const disk = mountSmallDisk();

if (disk.path === undefined) {
  test.skip(`a full disk: no tmpfs can be mounted here (${disk.reason})`, () => undefined);
} else {
  const { path } = disk;

  describe('a full disk', () => {
    let fixture: StorageFixture;

    beforeAll(async () => {
      fixture = await new StorageFixture(join(path, 'data')).open();
    });
    afterAll(async () => {
      await fixture.close();
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    });

    test.each([
      ['a small mail', 5_000],
      ['a mail in a file', 400_000],
    ])('refuses %s, keeps nothing of it, and takes the next when there is room', async (_what, octets) => {
      const before = await fixture.accept(mailOf(octets));
      const names = await fixture.blobFiles();
      const filler = join(path, 'filler');
      fill(filler);
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(fixture.accept(mailOf(octets))).rejects.toBeInstanceOf(StorageFullError);
      }
      expect((await fixture.store.list({ limit: 1 }))[0]?.id).toBe(before.id);
      expect(await fixture.blobFiles()).toEqual(names);

      rmSync(filler);
      await fixture.store.check();
      const after = await fixture.accept(mailOf(octets));
      expect((await fixture.store.list({ limit: 2 })).map(({ id }) => id)).toEqual([after.id, before.id]);
      expect(fixture.fatal).toEqual([]);
    });

    test('is told by the check, and takes of a group what fits', async () => {
      const filler = join(path, 'filler');
      fill(filler);
      // What the log leaves unused after its last checkpoint still takes some.
      const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => fixture.accept(mailOf(20_000))));
      const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StorageFullError);
      }
      expect(kept).toBeLessThan(300);
      await expect(fixture.store.check()).rejects.toBeInstanceOf(StorageFullError);
      rmSync(filler);
      await fixture.store.check();
      expect(fixture.fatal).toEqual([]);
    });

    test('shows the same after a restart', async () => {
      const listed = await fixture.store.list({ limit: 200 });
      await fixture.close();
      fixture = await new StorageFixture(fixture.root).open();
      expect(await fixture.store.list({ limit: 200 })).toEqual(listed);
      for (const { id, size } of listed) expect((await fixture.bytesOf(id)).length).toBeGreaterThan(size);
    });
  });
}
