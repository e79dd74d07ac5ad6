import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

const GRACE_MS = 2_000;

/**
 * Lets the HTTP server close in time. Node closes connections between two requests by itself, and waits for the others:
 * for running ones, which get a little time here, and for those that never asked anything. Browsers open such
 * connections in advance and keep them as long as they like.
 */
@Injectable()
export class HttpDrain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #silent = new Set<Socket>();
  #draining = false;

  constructor(private readonly host: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    this.#server.on('connection', (socket: Socket) => this.#greet(socket));
    this.#server.on('request', ({ socket }: IncomingMessage) => this.#silent.delete(socket));
  }

  /** The server stops listening right after this. */
  beforeApplicationShutdown(): void {
    this.#draining = true;
    this.#silent.forEach((socket) => socket.destroy());
    setTimeout(() => this.#server.closeAllConnections(), GRACE_MS).unref();
  }

  #greet(socket: Socket): void {
    if (this.#draining) return void socket.destroy();
    this.#silent.add(socket);
    socket.once('close', () => this.#silent.delete(socket));
  }

  get #server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}
