import { Readable } from 'node:stream';

/** Octets the engine reads ahead of the handler; then the client has to wait. */
const READ_AHEAD_BYTES = 64 * 1024;
const STREAM_OPTIONS = { highWaterMark: READ_AHEAD_BYTES };

/** Where a message comes from. */
export interface MessageSource {
  /** The handler wants data: for the first time, and after each stall. */
  pulled(): void;
  /** The stream is no more, read to its end or not. */
  left?(): void;
}

/**
 * The mail data of one message, dot-unstuffed, nothing added: a Readable. The first read makes the server send 354.
 * It ends normally only for a complete message; otherwise it fails with SmtpSizeExceeded or SmtpClientGone.
 */
export class MessageStream extends Readable {
  /** Octets received so far; final when the stream has ended. */
  byteLength = 0;
  /** Whether the message grew beyond `size`. */
  sizeExceeded = false;
  /** Whether the handler wants the message read and thrown away. */
  isDiscarded = false;
  /** Whether all of the message has come; it need not have been read yet. */
  isComplete = false;
  private wanted = false;

  constructor(private readonly source: MessageSource) {
    super(STREAM_OPTIONS);
    // A handler that listens to nobody's 'error' must not end the process when its client hangs up.
    this.on('error', ignore);
  }

  /** Sends 354 now, without reading yet. */
  accept(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.source.pulled();
  }

  /** Reads the message to its end and throws it away; the handler may then succeed without reading it. */
  discard(): void {
    this.isDiscarded = true;
    this.accept();
    this.resume();
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null) this.isComplete = true;
    return super.push(chunk, encoding);
  }

  /** @internal Whether what comes is heard by nobody, so that it need not go through the stream. */
  get isUnheard(): boolean {
    return this.readableFlowing === true && this.readableLength === 0 && this.listenerCount('data') === 0;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.source.left?.();
    done(error);
  }

  override _read(): void {
    this.wanted = true;
    this.source.pulled();
  }
}

function ignore(): void {
  // see the constructor
}
