import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmtpCounterStore } from 'nestjs-smtp';
import type { DataDir } from '../store/data-dir.js';
import { StoreStoppedError } from '../store/failure.js';
import type { MessageFacts, Stamp } from '../store/message-rows.js';
import type { ServerCertificate } from '../store/server-secrets.js';
import type { SqliteMessageStore } from '../store/sqlite-message-store.js';
import type { Database } from '../store/sqlite/database.js';
import type { OperationName, Operations } from '../store/sqlite/operations.js';
import type { Places } from './places.js';

/** What the owner has and all workers share. */
export interface OwnerParts {
  readonly directory: DataDir;
  readonly certificate: ServerCertificate;
  readonly database: Database;
  readonly store: SqliteMessageStore;
  readonly counters: SmtpCounterStore;
  readonly places: Places;
}

/** What a worker needs before it can begin. */
export interface Surroundings {
  readonly certificate: ServerCertificate;
  /** Where large mails are. */
  readonly blobs: string;
  /** Where this worker writes them; the folder goes when the worker has gone. */
  readonly temporary: string;
}

/** The folder of a worker for unfinished files. */
export function temporaryFolderOf(worker: number, directory: DataDir): string {
  return join(directory.temporary, `worker-${worker}`);
}

/** What a worker can ask of the owner. */
export function operationsFor(worker: number, { directory, certificate, database, store, ...shared }: OwnerParts) {
  return {
    async surroundings(): Promise<Surroundings> {
      const temporary = temporaryFolderOf(worker, directory);
      await mkdir(temporary, { recursive: true, mode: 0o700 });
      const { key, cert } = certificate;
      return { certificate: { key, cert }, blobs: directory.blobs, temporary };
    },
    stamp: () => store.stamp(),
    /** The body is copied: what comes by the channel shares its memory with what came beside it. */
    async keep(facts: MessageFacts, body: Uint8Array | null, stamp?: Stamp): Promise<Stamp> {
      const { id, receivedAt } = await store.acceptRow(facts, body && new Uint8Array(body), stamp);
      return { id, receivedAt };
    },
    call: <Name extends OperationName>(name: Name, args: Parameters<Operations[Name]>) => database.call(name, ...args),
    /** The disk failed a worker: nobody may go on. */
    stop: (reason: string) => database.stop(new StoreStoppedError(reason)),
    count: (key: string, amount: number, windowMs: number) => shared.counters.add(key, amount, windowMs),
    enter: (connection: string, client: string) => shared.places.take(worker, connection, client),
    leave: (connection: string) => shared.places.give(worker, connection),
  };
}

export type OwnerOperations = ReturnType<typeof operationsFor>;
export type OwnerOperation = keyof OwnerOperations;
