import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { type ReceivedReply, ReplyReader } from './reply-reader.js';

const ENDS = ['end', 'close', 'error'] as const;

/** A message for `DialogueClient.send()`. */
export interface TestMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body with CRLF line ends; dots are stuffed, and a last line end is added where it lacks one. */
  readonly data: string;
}

/** A small SMTP client for tests: every step gives the server's reply, whatever it is; nothing throws for a 5yz. */
export class DialogueClient {
  private readonly reader = new ReplyReader();
  private closed = false;
  private wake: (() => void) | undefined;
  private readonly onData = (chunk: Buffer): void => {
    this.reader.push(chunk.toString('utf8'));
    this.wake?.();
  };
  private readonly onEnd = (): void => {
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
    return this.stream.write(octets);
  }

  /** Resolves when the server has taken what was written. */
  async drained(): Promise<void> {
    if (this.stream.writableNeedDrain) await once(this.stream, 'drain');
  }

  /** Sends a line and gives the reply to it. */
  command(line: string): Promise<ReceivedReply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  ehlo(name = 'client.example'): Promise<ReceivedReply> {
    return this.command(`EHLO ${name}`);
  }

  /** STARTTLS and the handshake; any certificate will do. EHLO has to be said again. */
  async startTls(): Promise<ReceivedReply> {
    const reply = await this.command('STARTTLS');
    if (reply.code === 220) await this.secure();
    return reply;
  }

  /** The handshake alone, for implicit TLS. */
  async secure(): Promise<void> {
    this.detach();
    const secured = connectTls({ socket: this.stream, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    this.stream = secured;
    this.attach();
  }

  authPlain(username: string, password: string): Promise<ReceivedReply> {
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`);
  }

  /** MAIL, RCPT for each recipient, DATA; gives the reply that decided: the first refusal, else the final one. */
  async send(message: TestMessage): Promise<ReceivedReply> {
    const commands = [`MAIL FROM:<${message.from}>`, ...message.to.map((address) => `RCPT TO:<${address}>`), 'DATA'];
    for (const line of commands) {
      const reply = await this.command(line);
      if (reply.code >= 400) return reply;
    }
    const data = message.data.endsWith('\r\n') ? message.data : `${message.data}\r\n`;
    return this.command(`${data.replace(/^\./gm, '..')}.`);
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

  /** Hangs up without a word. */
  destroy(): void {
    this.stream.destroy();
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
