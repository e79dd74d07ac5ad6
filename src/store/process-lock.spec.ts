import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFixture, StorageProcess } from '../../test/support/storage.js';
import { DataDir } from './data-dir.js';
import { DataDirInUseError } from './process-lock.js';

describe('one live process on a data folder', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'process-lock-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('a second one is refused with the pid of the first, and may have it afterwards', async () => {
    const first = new StorageProcess(root, ['hold']);
    await first.untilLines(1);
    const refused = new StorageFixture(root).open();
    await expect(refused).rejects.toBeInstanceOf(DataDirInUseError);
    await expect(refused).rejects.toMatchObject({ pid: first.pid });
    await expect(refused).rejects.toThrow(`DATA_DIR ${root} is in use by the process with pid ${first.pid}`);

    const second = new StorageProcess(root, ['hold']);
    expect(await second.end()).toBe(1);
    expect(second.lines).toEqual([expect.stringContaining(`pid ${first.pid}`)]);

    expect(await first.end()).toBe(0);
    await (await new StorageFixture(root).open()).close();
  });

  test('a process that was killed is not in the way, whoever has its pid now', async () => {
    const killed = new StorageProcess(root, ['hold']);
    await killed.untilLines(1);
    expect(await readFile(join(root, 'lock.pid'), 'latin1')).toBe(`${killed.pid}\n`);
    await killed.kill();
    // As if the number had been given to a process that lives: this one's parent.
    await writeFile(join(root, 'lock.pid'), `${process.ppid}\n`);
    await (await new StorageFixture(root).open()).close();
  });

  test('twice in one process is refused as well', async () => {
    const first = await DataDir.open(root);
    await expect(DataDir.open(root)).rejects.toMatchObject({ pid: process.pid });
    first.release();
    first.release();
    (await DataDir.open(root)).release();
  });
});

describe('kill -9', () => {
  test('loses no mail that was acknowledged', async () => {
    const root = await mkdtemp(join(tmpdir(), 'kill-'));
    const acknowledged: string[] = [];
    for (const octets of [4_000, 300_000]) {
      const writer = new StorageProcess(root, ['write', '100000', String(octets), '16']);
      await writer.untilLines(20);
      await writer.kill();
      acknowledged.push(...writer.lines);
    }
    const fixture = await new StorageFixture(root).open();
    for (const id of acknowledged) {
      const message = await fixture.store.find(id);
      expect(await fixture.bytesOf(id)).toHaveLength(message?.size ?? -1);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    await fixture.close();
    await rm(root, { recursive: true, force: true });
  });
});
