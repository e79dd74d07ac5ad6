import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { EmbeddedStorage } from '../../src/store/embedded-storage.js';
import type { MessageOrigin, MessageSummary } from '../../src/store/message-store.js';

export const ORIGIN: MessageOrigin = {
  user: 'Änne@example.com',
  authMethod: 'PLAIN',
  secure: true,
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  remoteAddress: '192.0.2.1',
  clientName: 'client.example',
  mailFrom: 'sender@example.com',
  rcptTo: ['first@example.org', 'second@example.org'],
};
export const TRACE = 'Received: from client.example\r\n\tby mx.example; Tue, 24 Nov 2026 12:00:00 +0000\r\n';

/** The embedded storage as the application has it, with what tests ask of it again and again. */
export class StorageFixture {
  /** What it told to be fatal. */
  readonly fatal: Error[] = [];
  private opened: EmbeddedStorage | undefined;

  constructor(readonly root: string) {}

  async open(): Promise<this> {
    this.opened = await EmbeddedStorage.open({ dataDir: this.root }, (error) => this.fatal.push(error));
    return this;
  }

  get storage(): EmbeddedStorage {
    if (!this.opened) throw new Error('not open');
    return this.opened;
  }

  get store(): EmbeddedStorage['messages'] {
    return this.storage.messages;
  }

  accept(mail: string | Buffer): Promise<MessageSummary> {
    return this.store.accept(streamOf(mail), ORIGIN, TRACE);
  }

  async bytesOf(id: string): Promise<Buffer> {
    const stream = await this.store.open(id);
    if (!stream) throw new Error(`no message ${id}`);
    return buffer(stream);
  }

  /** Names of blobs and of files on their way to be one. */
  async blobFiles(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true });
    return entries.map((path) => path.split('/').at(-1) ?? '').filter((name) => /^[0-9a-f-]{36}$/.test(name));
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}

export function streamOf(mail: string | Buffer, chunkBytes = 64 * 1024): Readable {
  const bytes = Buffer.from(mail);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return Readable.from(chunks, { objectMode: false });
}

export function mailOf(bodyBytes: number, subject = 'Hello'): Buffer {
  const header = `Subject: ${subject}\r\nFrom: Sender <sender@example.com>\r\n\r\n`;
  return Buffer.concat([Buffer.from(header), randomBytes(bodyBytes)]);
}

/** A process of its own that has the built storage open: see storage-child.mjs for what it can be told to do. */
export class StorageProcess {
  readonly lines: string[] = [];
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly ended: Promise<unknown>;

  /** @param wrapper a command in front of node, e.g. strace with its arguments */
  constructor(root: string, command: readonly string[], wrapper: readonly string[] = []) {
    const script = fileURLToPath(new URL('storage-child.mjs', import.meta.url));
    const [file = '', ...args] = [...wrapper, process.execPath, '--no-warnings', script, root, ...command];
    this.child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = once(this.child, 'exit');
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.child.emit('line');
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Waits until that many lines have been written; also ends when the process does. */
  async untilLines(count: number): Promise<void> {
    while (this.lines.length < count && this.child.exitCode === null && this.child.signalCode === null) {
      await Promise.race([once(this.child, 'line'), this.ended]);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Tells it to close, and waits. Returns the exit code. */
  async end(): Promise<number | null> {
    this.child.stdin.end();
    await this.ended;
    return this.child.exitCode;
  }
}
