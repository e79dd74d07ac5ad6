import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Backend, type Session, selfSignedCertificate, SmtpServer, type SmtpServerOptions } from 'smtp-engine';

/** How long a client waits for anything before its test fails. */
const PATIENCE_MS = 4000;

export type Octets = string | Buffer;

/** The certificate of all tests here, made once. */
export const certificate = selfSignedCertificate(['mx.example', '127.0.0.1']);

/** An engine on loopback ports, and what it reported. */
export interface Engine {
  readonly server: SmtpServer;
  /** The port in clear, STARTTLS offered. */
  readonly port: number;
  /** The port with implicit TLS. */
  readonly securePort: number;
  readonly errors: unknown[];
  /** All sessions since the start. */
  readonly sessions: Session[];
  /** Connects without a handshake; to the port in clear, or another. */
  connect(to?: number): Promise<Peer>;
  /** Connects with implicit TLS. */
  connectSecure(): Promise<Peer>;
  /** Hangs up and closes. */
  stop(): Promise<void>;
}

/** Starts an engine that takes all mail without login unless the options say otherwise. */
export async function startEngine(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Engine> {
  const errors: unknown[] = [];
  const sessions: Session[] = [];
  const peers: Peer[] = [];
  const dial = (to: number): Peer => {
    const peer = new Peer(connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }));
    peers.push(peer);
    return peer;
  };
  const server = new SmtpServer(
    {
      name: 'mx.example',
      authOptional: true,
      recipients: 'any',
      closeTimeout: 200,
      ...(await certificate),
      ...options,
    },
    {
      data: (message) => message.discard(),
      error: (error) => errors.push(error),
      ...backend,
      connect: (session) => {
        sessions.push(session);
        return backend.connect?.(session);
      },
    },
  );
  const listen = async (secure: boolean): Promise<number> =>
    ((await server.listen({ host: '127.0.0.1', port: 0, secure })).address as AddressInfo).port;
  const port = await listen(false);
  const securePort = await listen(true);
  return {
    server,
    port,
    securePort,
    errors,
    sessions,
    connect: async (to = port) => {
      const peer = dial(to);
      await once(peer.socket, 'connect');
      return peer;
    },
    connectSecure: async () => {
      const peer = dial(securePort);
      await peer.startTls();
      return peer;
    },
    stop: () => {
      for (const peer of peers) peer.socket.destroy();
      return server.close();
    },
  };
}

/** A client that says what it is told, octet for octet, and remembers what came. */
export class Peer {
  /** What has come and not been taken by `read()` or `reply()`. */
  received = '';
  /** Chunks that have come: how often the server wrote, as far as a client can see. */
  chunks = 0;
  /** The server has closed its side. */
  ended = false;
  /** The connection is gone. */
  closed = false;
  error: Error | undefined;
  private isGreeted = false;
  private wake: (() => void) | undefined;

  constructor(public socket: Duplex) {
    this.listen();
  }

  write(...octets: readonly Octets[]): void {
    for (const part of octets) this.socket.write(part);
  }

  /** The next reply, all its lines; `''` when the server has closed before. */
  async reply(): Promise<string> {
    this.isGreeted = true;
    return this.read(/^(?:\d{3}-[^\r\n]*\r\n)*\d{3} [^\r\n]*\r\n/);
  }

  /** Says a line and gives the reply to it. */
  command(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** Takes from the beginning what the pattern matches, once it does; `''` when the server has closed before. */
  async read(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match?.index === 0) {
        this.received = this.received.slice(match[0].length);
        return match[0];
      }
      if (this.ended || this.closed) return '';
      await this.news();
    }
  }

  /** Everything the server says until it closes its side; then we close ours. */
  async rest(): Promise<string> {
    while (!this.ended && !this.closed) await this.news();
    this.socket.end();
    const { received } = this;
    this.received = '';
    return received;
  }

  /** Resolves when the connection is gone. */
  async gone(): Promise<void> {
    while (!this.closed) await this.news();
  }

  /** A handshake on the connection. */
  async startTls(): Promise<TLSSocket> {
    this.socket.removeListener('data', this.onData).removeListener('end', this.onEnd);
    const secured = connectTls({ socket: this.socket, rejectUnauthorized: false, allowHalfOpen: true } as never);
    this.socket = secured;
    this.listen();
    await once(secured, 'secureConnect');
    return secured;
  }

  /** The greeting where it has not been read, EHLO, MAIL, RCPT, DATA: up to the 354 (or what comes in its place). */
  async beginMessage(from = 'a@b'): Promise<string> {
    if (!this.isGreeted) await this.reply();
    await this.command('EHLO client');
    return this.nextMessage(from);
  }

  /** MAIL, RCPT, DATA: up to the 354 (or what comes in its place). */
  async nextMessage(from = 'a@b'): Promise<string> {
    await this.command(`MAIL FROM:<${from}>`);
    await this.command('RCPT TO:<c@d>');
    return this.command('DATA');
  }

  /** Resets the connection: the server sees ECONNRESET. */
  reset(): void {
    (this.socket as Socket).resetAndDestroy();
  }

  private readonly onData = (chunk: Buffer): void => {
    this.received += chunk.toString('latin1');
    this.chunks++;
    this.wake?.();
  };
  private readonly onEnd = (): void => {
    this.ended = true;
    this.wake?.();
  };

  private listen(): void {
    this.socket.on('data', this.onData).on('end', this.onEnd);
    this.socket.on('error', (error) => (this.error = error));
    this.socket.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  private async news(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      timer = setTimeout(
        () => reject(new Error(`nothing comes; so far: ${JSON.stringify(this.received)}`)),
        PATIENCE_MS,
      );
    });
    clearTimeout(timer);
  }
}

/** Waits until something is so; fails after three seconds. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 3000) throw new Error(`this never became so: ${condition.toString()}`);
    await sleep(5);
  }
}
