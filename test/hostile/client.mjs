import { once } from 'node:events';
import { connect } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';

/** How long anything may take that a client waits for. */
const PATIENCE_MS = 20_000;

/** A client that may be as rude as it likes: it says what it is told, and errors of its connection are no surprise. */
export class Client {
  received = '';
  isClosed = false;
  #wake = () => undefined;

  constructor(port) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (chunk) => this.#news((this.received += chunk.toString('latin1'))));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.#news((this.isClosed = true)));
  }

  /** Connects, and reads the greeting. */
  static async greeted(port) {
    const client = new Client(port);
    await client.reply();
    return client;
  }

  write(octets) {
    return this.socket.write(octets);
  }

  /** Writes octets again and again, as fast as they are taken; gives how many were when all are, or nothing moves. */
  async pour(octets, total, stuckMs = PATIENCE_MS) {
    let written = 0;
    while (written < total && !this.isClosed) {
      const part = octets.subarray(0, Math.min(octets.length, total - written));
      written += part.length;
      if (this.write(part)) continue;
      const moved = await within(
        stuckMs,
        Promise.race([once(this.socket, 'drain'), this.closed()]).catch(() => 0),
      );
      if (moved === LATE) break;
    }
    return written;
  }

  async reply() {
    const complete = /^(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n/;
    await this.until(() => this.isClosed || complete.test(this.received), 'a reply');
    const [text = ''] = complete.exec(this.received) ?? [];
    this.received = this.received.slice(text.length);
    return text;
  }

  command(line) {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  async closed() {
    await this.until(() => this.isClosed, 'the end of the connection');
  }

  async until(condition, what) {
    const end = Date.now() + PATIENCE_MS;
    while (!condition()) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${what} does not come; so far: ${JSON.stringify(this.received.slice(-200))}`);
      await within(left, new Promise((resolve) => (this.#wake = resolve)));
    }
  }

  #news() {
    this.#wake();
  }
}

const LATE = Symbol('late');

async function within(ms, promise) {
  let timer;
  const result = await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms, LATE)))]);
  clearTimeout(timer);
  return result;
}

/** A message from greeting to close, as any client sends it; gives the milliseconds it took. */
export async function normalSession(port) {
  const started = Date.now();
  const client = await Client.greeted(port);
  const lines = [
    'EHLO client.example',
    'MAIL FROM:<a@b>',
    'RCPT TO:<c@d>',
    'DATA',
    'Subject: x\r\n\r\ntext\r\n.',
    'QUIT',
  ];
  const codes = [];
  for (const line of lines) codes.push((await client.command(line)).slice(0, 3));
  await client.closed();
  if (codes.join() !== '250,250,250,354,250,221') throw new Error(`a normal session got ${codes.join()}`);
  return Date.now() - started;
}

/** Does something for each number below `count`, some at a time. */
export async function inGroups(count, size, action) {
  const results = [];
  for (let from = 0; from < count; from += size) {
    const group = Array.from({ length: Math.min(size, count - from) }, (_, index) => action(from + index));
    results.push(...(await Promise.all(group)));
  }
  return results;
}
