import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { DialogueRecord } from './dialogue-record.js';
import { type ReceivedReply, ReplyReader } from './reply-reader.js';

const ENDS = ['end', 'close', 'error'] as const;

/** A message for `DialogueClient.send()`. */
export interface TestMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body with CRLF line ends; dots are stuffed, and a last line end is added where it lacks one. */
  readonly data: string;
}

/** How slowly a client sends: so many octets, then a pause in milliseconds. */
export interface TestPace {
  readonly octets: number;
  readonly everyMs: number;
}

/** A small SMTP client for tests: every step gives the server's reply, whatever it is; nothing throws for a 5yz. */
export class DialogueClient {
  private readonly reader = new ReplyReader();
  private readonly record = new DialogueRecord();
  private closed = false;
  /** The last introduction, and whether STARTTLS has made the server forget it (RFC 3207 §4.2). */
  private introduction: string | undefined;
  private isForgotten = false;
  private wake: (() => void) | undefined;
  private readonly onData = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    this.record.add('S: ', text);
    this.reader.push(text);
    this.wake?.();
  };
  private readonly onEnd = (): void => {
    if (!this.closed) this.record.add('-- ', 'close');
    this.closed = true;
    this.wake?.();
  };

  /** @param stream a connection to a server that has not been read from */
  constructor(private stream: Duplex) {
    this.attach();
  }

  /** The next reply, the greeting included. Rejects when the connection ends before one has come. */
  async reply(): Promise<ReceivedReply> {
    for (;;) {
      const reply = this.reader.next();
      if (reply !== undefined) return reply;
      if (this.closed)
        throw new Error(`the server closed the connection; unfinished: ${JSON.stringify(this.reader.rest)}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Sends octets as they are; false when `drained()` should be awaited before more. */
  write(octets: string | Buffer): boolean {
    this.record.add('C: ', octets.toString());
    return this.stream.write(octets);
  }

  /** Resolves when the server has taken what was written. */
  async drained(): Promise<void> {
    if (this.stream.writableNeedDrain) await once(this.stream, 'drain');
  }

  /**
   * Sends octets, slowly if there is a pace, and resolves when the server has taken them or is gone: what was sent with
   * `write()` alone may be lost when `destroy()` follows.
   *
   * @example
   * await client.deliver('MAIL FROM:<a@b.example>\r\n', { octets: 1, everyMs: 50 });
   */
  async deliver(octets: string | Buffer, pace?: TestPace): Promise<void> {
    const buffer = Buffer.from(octets as string);
    const step = pace === undefined ? Math.max(1, buffer.length) : checkedStep(pace);
    for (let at = 0; at < buffer.length && !this.closed; at += step) {
      if (at > 0) await sleep(pace?.everyMs);
      const piece = buffer.subarray(at, at + step);
      this.record.add('C: ', piece.toString());
      await new Promise<void>((resolve) => this.stream.write(piece, () => resolve()));
    }
  }

  /** Sends a line and gives the reply to it. */
  command(line: string): Promise<ReceivedReply> {
    if (/^(?:EHLO|HELO|LHLO) /i.test(line)) {
      this.introduction = line;
      this.isForgotten = false;
    }
    this.write(`${line}\r\n`);
    return this.reply();
  }

  ehlo(name = 'client.example'): Promise<ReceivedReply> {
    return this.command(`EHLO ${name}`);
  }

  /**
   * STARTTLS and the handshake; any certificate will do. The server forgets EHLO then: `authPlain()`, `send()` and
   * `sendPart()` say it again where the test has not.
   */
  async startTls(): Promise<ReceivedReply> {
    const reply = await this.command('STARTTLS');
    if (reply.code !== 220) return reply;
    await this.secure();
    this.isForgotten = true;
    return reply;
  }

  /** The handshake alone, for implicit TLS. */
  async secure(): Promise<void> {
    this.detach();
    this.record.add('-- ', 'tls');
    const secured = connectTls({ socket: this.stream, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    this.stream = secured;
    this.attach();
  }

  async authPlain(username: string, password: string): Promise<ReceivedReply> {
    await this.introduceAgain();
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`);
  }

  /**
   * MAIL, RCPT for each recipient, DATA; gives the reply that decided: the first refusal, else the final one.
   *
   * @param pace how slowly the message is sent; default: all at once
   */
  async send(message: TestMessage, pace?: TestPace): Promise<ReceivedReply> {
    const reply = await this.begin(message);
    if (reply.code >= 400) return reply;
    await this.deliver(`${stuffed(message.data)}.\r\n`, pace);
    return this.reply();
  }

  /**
   * The same up to so many octets of the message, whose end never comes; gives the reply to DATA, or the first refusal. Then
   * `destroy()`, `halfClose()`, or nothing at all, for a client that stalls.
   */
  async sendPart(message: TestMessage, octets: number, pace?: TestPace): Promise<ReceivedReply> {
    const reply = await this.begin(message);
    if (reply.code < 400) await this.deliver(Buffer.from(stuffed(message.data)).subarray(0, octets), pace);
    return reply;
  }

  async quit(): Promise<ReceivedReply> {
    const reply = await this.command('QUIT');
    await this.end();
    return reply;
  }

  /** Resolves when the server has closed the connection. */
  async end(): Promise<void> {
    this.stream.end();
    while (!this.closed) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** Says that nothing more will come, and goes on listening: the server may still answer. */
  halfClose(): void {
    this.stream.end();
  }

  /** Hangs up without a word. */
  destroy(): void {
    this.stream.destroy();
  }

  /**
   * What was said so far, a line for each line: `C: ` the client, `S: ` the server, `-- ` what happened to the connection
   * (`tls`, `close`). At most 256 K characters; passwords stand in it.
   *
   * @example expect(client.transcript()).toContain('S: 421')
   */
  transcript(): string {
    return this.record.toString();
  }

  private async begin({ from, to }: TestMessage): Promise<ReceivedReply> {
    await this.introduceAgain();
    let reply = await this.command(`MAIL FROM:<${from}>`);
    for (const address of to) if (reply.code < 400) reply = await this.command(`RCPT TO:<${address}>`);
    return reply.code < 400 ? this.command('DATA') : reply;
  }

  private async introduceAgain(): Promise<void> {
    if (this.isForgotten && this.introduction !== undefined) await this.command(this.introduction);
  }

  private attach(): void {
    this.stream.on('data', this.onData);
    for (const event of ENDS) this.stream.on(event, this.onEnd);
  }

  private detach(): void {
    this.stream.removeListener('data', this.onData);
    for (const event of ENDS) this.stream.removeListener(event, this.onEnd);
  }
}

/** A message with its dots stuffed (RFC 5321 §4.5.2) and a line end at its end. */
function stuffed(data: string): string {
  return (data.endsWith('\r\n') ? data : `${data}\r\n`).replace(/^\./gm, '..');
}

function checkedStep({ octets, everyMs }: TestPace): number {
  if (octets >= 1 && everyMs >= 0) return Math.floor(octets);
  throw new TypeError('a pace is so many octets and a pause, such as { octets: 100, everyMs: 50 }');
}
