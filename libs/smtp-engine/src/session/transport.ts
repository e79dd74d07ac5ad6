import type { Duplex } from 'node:stream';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { SmtpHandshakeFailed } from './errors.js';
import { certificateError } from './tls-facts.js';

/** Octets of replies that are collected at most; a long pipelined group gets them in several writes. */
const MAX_COLLECTED = 64 * 1024;
/** A stream knows whose it is: the listeners are the same functions for all connections. */
const OWNER = Symbol('transport');

interface OwnedStream extends Duplex {
  [OWNER]?: Transport;
}

function onData(this: OwnedStream, chunk: Buffer): void {
  this[OWNER]!.events.input(chunk);
}

function onEnd(this: OwnedStream): void {
  this[OWNER]!.events.inputEnd();
}

function onError(this: OwnedStream, error: Error): void {
  this[OWNER]!.fail(error);
}

function onClose(this: OwnedStream): void {
  this[OWNER]!.fail(undefined);
}

function onDrain(this: OwnedStream): void {
  this[OWNER]!.drained();
}

/** What a transport tells its conversation. */
export interface TransportEvents {
  input(chunk: Buffer): void;
  /** The client has sent its last octet (half-close). */
  inputEnd(): void;
  /** The client reads again; the output buffer is empty. */
  drain(): void;
  /** The connection is gone. Called once. */
  gone(error: Error | undefined): void;
}

/**
 * A connection as the conversation sees it: chunks come in, replies are collected and leave in one write.
 * Any Duplex will do; `startTls()` puts TLS on top of it and everything else stays the same.
 */
export class Transport {
  secure = false;
  private output = '';
  private stalled = false;
  private ended = false;
  private lost = false;

  constructor(
    private stream: OwnedStream,
    readonly events: TransportEvents,
  ) {
    this.attach();
  }

  /** The TLS of the connection, where it ends in this process. */
  get tlsSocket(): TLSSocket | undefined {
    return this.secure && this.stream instanceof TLSSocket ? this.stream : undefined;
  }

  /** Whether the client does not read its replies fast enough; nothing more should be said until it does. */
  get isStalled(): boolean {
    return this.stalled;
  }

  /** Adds octets, one a character, to the output; `flush()` sends it. */
  write(octets: string): void {
    this.output += octets;
    if (this.output.length > MAX_COLLECTED) this.flush();
  }

  get hasOutput(): boolean {
    return this.output !== '';
  }

  flush(): void {
    if (this.output === '' || this.ended || this.lost) return;
    const { output, stalled } = this;
    this.output = '';
    this.stalled = !this.stream.write(output, 'latin1');
    if (this.stalled && !stalled) this.stream.once('drain', onDrain);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /** Sends what is collected and closes our side; whatever still comes in is read and dropped. */
  end(): void {
    this.flush();
    if (this.ended || this.lost) return;
    this.ended = true;
    this.stream.end();
    this.stream.resume();
  }

  destroy(): void {
    this.stream.destroy();
  }

  /**
   * Runs the server side of a TLS handshake on the connection.
   *
   * @param unread what becomes of octets that have come in and were not handed on yet: clear text behind STARTTLS is
   *   discarded (RFC 3207 §4.2), the beginning of implicit TLS is kept
   * @param early octets that were handed on and belong to the handshake: they came with what went before it
   */
  startTls(options: TLSSocketOptions, unread: 'discard' | 'keep', early?: Buffer): Promise<TLSSocket> {
    this.flush();
    const plain = this.stream;
    this.detach();
    // Errors of the plain stream reach the TLS socket, which may also fail twice; nobody else listens for those.
    plain.on('error', ignore);
    if (unread === 'discard') while (plain.read() !== null);
    if (early !== undefined) {
      plain.pause(); // else it would be given to nobody
      plain.unshift(early);
    }
    const secured = new TLSSocket(plain, { ...options, isServer: true });
    secured.on('error', ignore);
    this.stream = secured;
    return new Promise((resolve, reject) => {
      const failed = (error?: Error): void => {
        reject(new SmtpHandshakeFailed(error ?? new Error('the client closed the connection')));
        this.fail(error);
      };
      const closed = (): void => failed();
      secured.once('error', failed).once('close', closed).once('end', closed);
      secured.once('secure', () => {
        // As tls.Server judges: whether the certificate is good is known only now.
        const distrust = options.requestCert ? certificateError(secured) : undefined;
        if (distrust !== undefined && options.rejectUnauthorized !== false) return failed(distrust);
        if (options.requestCert) secured.authorized = distrust === undefined;
        secured.removeListener('error', failed).removeListener('close', closed).removeListener('end', closed);
        this.secure = true;
        this.attach();
        resolve(secured);
      });
    });
  }

  /** The client reads again. */
  drained(): void {
    this.stalled = false;
    this.events.drain();
  }

  /** The connection is gone. */
  fail(error: Error | undefined): void {
    if (this.lost) return;
    this.lost = true;
    this.output = '';
    this.stream.destroy();
    this.events.gone(error);
  }

  private attach(): void {
    this.stream[OWNER] = this;
    this.stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  }

  private detach(): void {
    this.stream.removeListener('data', onData).removeListener('end', onEnd).removeListener('drain', onDrain);
    this.stream.removeListener('error', onError).removeListener('close', onClose);
  }
}

function ignore(): void {
  // see startTls()
}
