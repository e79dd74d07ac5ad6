import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncDirectory } from './durable-files.js';
import { storageErrorOf } from './failure.js';

// Names that this folder gives: what else lies there is not ours to remove.
const BLOB_NAME = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SWEEP_GROUP = 1000;

/**
 * Large mails, one file each, in `blobs/ab/<id>` with `ab` the last two digits of the id: the first ones of a UUIDv7
 * are the time and would put all of a week into one directory.
 */
export class BlobFolder {
  private readonly prepared = new Map<string, Promise<void>>();

  /** @param temporary where files are while they are written; on the file system of `root` */
  constructor(
    private readonly root: string,
    private readonly temporary: string,
  ) {}

  async create(): Promise<BlobFile> {
    const path = join(this.temporary, randomUUID());
    const handle = await reported(open(path, 'wx', 0o600));
    return new BlobFile(this, path, handle);
  }

  /** The bytes of a blob; rejects when there is none. */
  async open(id: string): Promise<Readable> {
    // Opened before it is handed out, so that a missing file is a rejection and not an error event later.
    const handle = await open(this.pathOf(id), 'r');
    return handle.createReadStream();
  }

  /** Removes the blob of a message that was not kept. What cannot be removed now, the sweep of the next start removes. */
  async discard(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true }).catch(() => undefined);
  }

  /** @internal gives a written and synced file its place, durably */
  async moveIn(path: string, id: string): Promise<void> {
    const directory = this.directoryOf(id);
    await this.prepare(directory);
    await rename(path, this.pathOf(id));
    await syncDirectory(directory);
  }

  /**
   * Removes what an earlier process left behind: files that were never finished, and blobs whose message was never
   * committed. To be called before the first `create()`, by the only process on the folder.
   *
   * @param unknown says which ids no message has
   * @returns how many files were removed
   */
  async sweep(unknown: (ids: readonly string[]) => Promise<readonly string[]>): Promise<number> {
    const unfinished = await readdir(this.temporary);
    for (const name of unfinished) await rm(join(this.temporary, name), { recursive: true, force: true });
    let removed = unfinished.length;
    for (const directory of await readdir(this.root)) {
      const ids = (await readdir(join(this.root, directory))).filter((name) => BLOB_NAME.test(name));
      for (let start = 0; start < ids.length; start += SWEEP_GROUP) {
        const orphans = await unknown(ids.slice(start, start + SWEEP_GROUP));
        for (const id of orphans) await rm(join(this.root, directory, id));
        removed += orphans.length;
      }
    }
    return removed;
  }

  /**
   * Once for each directory and process, and all wait for it: one that is there may have been made by somebody whose
   * sync of the parent has not ended, or never came.
   */
  private prepare(directory: string): Promise<void> {
    const known = this.prepared.get(directory);
    if (known) return known;
    const preparing = mkdir(directory, { recursive: true, mode: 0o700 }).then(() => syncDirectory(this.root));
    this.prepared.set(directory, preparing);
    preparing.catch(() => this.prepared.delete(directory));
    return preparing;
  }

  private directoryOf(id: string): string {
    return join(this.root, id.slice(-2));
  }

  private pathOf(id: string): string {
    return join(this.directoryOf(id), id);
  }
}

/** A failure of the disk, told as `StorageFullError` or `StoreStoppedError` where it is one. */
async function reported<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storageErrorOf(error);
  }
}

/** A blob while it is written. End it with `keep()` or `discard()`. */
export class BlobFile {
  /** @internal use `BlobFolder.create()` */
  constructor(
    private readonly folder: BlobFolder,
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws StorageFullError, StoreStoppedError as `keep()` does */
  async write(bytes: Uint8Array): Promise<void> {
    await reported(this.handle.writeFile(bytes)); // from the current position on, and all of it
  }

  /**
   * Syncs, and makes it the blob of that message: durable when this resolves. A failed sync is never repeated.
   *
   * @throws StorageFullError when there is no room, StoreStoppedError when the disk failed
   */
  async keep(id: string): Promise<void> {
    await reported(this.handle.sync());
    await this.handle.close();
    await reported(this.folder.moveIn(this.path, id));
  }

  /** Removes what was written. What cannot be removed now, the sweep of the next start removes. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.path, { force: true }).catch(() => undefined);
  }
}
