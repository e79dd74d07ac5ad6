import { Injectable, type OnModuleDestroy, type OnModuleInit, ServiceUnavailableException } from '@nestjs/common';
import type { Response } from 'express';
import { MessageStore } from '../store/message-store.js';

/** Pages that may listen at once; each costs a socket. */
export const MAX_STREAMS = 50;
// Under load a page wants to hear "something new" a few times a second, not five thousand times.
const COALESCE_MS = 250;
// Proxies cut a connection that is silent for a minute.
const HEARTBEAT_MS = 20_000;
// A listener this far behind is gone.
const MAX_BUFFERED_BYTES = 64 * 1024;

const MAIL_EVENT = 'event: mail\ndata:\n\n';

/**
 * Tells open pages that new messages are there, by Server-Sent Events. An event carries no content: the page asks for
 * its list again, so that search and login hold for live updates as well.
 */
@Injectable()
export class LiveUpdates implements OnModuleInit, OnModuleDestroy {
  readonly #streams = new Set<Response>();
  #stopListening: (() => void) | undefined;
  #pending: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly store: MessageStore) {}

  onModuleInit(): void {
    this.#stopListening = this.store.onAccepted(() => this.#announceSoon());
    this.#heartbeat = setInterval(() => this.#send(': still here\n\n'), HEARTBEAT_MS).unref();
  }

  /** Ends every stream at once: an open page must not hold up `app.close()`. */
  onModuleDestroy(): void {
    this.#closed = true;
    this.#stopListening?.();
    clearTimeout(this.#pending);
    clearInterval(this.#heartbeat);
    for (const stream of this.#streams) {
      // What a client does not read would keep its connection open.
      if (stream.writableNeedDrain) stream.destroy();
      else stream.end();
    }
  }

  /**
   * Makes a response a stream of events.
   *
   * @throws ServiceUnavailableException when too many are open, or at shutdown
   */
  open(response: Response): void {
    if (this.#closed) throw new ServiceUnavailableException('shutting down');
    if (this.#streams.size >= MAX_STREAMS) throw new ServiceUnavailableException('too many open pages');
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      // Kept alive, the connection would still be open after the last event.
      Connection: 'close',
      'X-Accel-Buffering': 'no',
    });
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    // At once, for what came between the page and this stream, or while the stream was broken.
    response.write(MAIL_EVENT);
  }

  #announceSoon(): void {
    if (this.#streams.size === 0) return;
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      this.#send(MAIL_EVENT);
    }, COALESCE_MS).unref();
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > MAX_BUFFERED_BYTES) stream.destroy();
      else stream.write(text);
    }
  }
}
