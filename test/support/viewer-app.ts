import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { AppConfig } from '../../src/config/app-config.js';
import { HealthModule } from '../../src/health/health.module.js';
import { MessageStore } from '../../src/store/message-store.js';
import { AdminToken } from '../../src/viewer/admin-token.js';
import { ViewerModule } from '../../src/viewer/viewer.module.js';
import { MemoryStore } from './memory-store.js';

/** The admin token of the test application; with characters that a cookie must encode. */
export const TOKEN = 'test;token=with "odd" characters%20'.replaceAll(' ', '_');

/** The page, the API and health on a free port, over a store in memory. */
export interface ViewerApp {
  readonly app: INestApplication;
  readonly store: MemoryStore;
  readonly origin: string;
  /** A request with the bearer token. */
  get(path: string, init?: RequestInit): Promise<Response>;
}

/** Starts the application; the caller closes `app`. */
export async function startViewer(): Promise<ViewerApp> {
  const store = new MemoryStore();
  const config = { smtpPort: 2525, bindAddress: '127.0.0.1' };
  const providers = [
    { provide: MessageStore, useValue: store },
    { provide: AdminToken, useValue: { value: TOKEN } },
    { provide: AppConfig, useValue: config },
  ];

  @Global()
  @Module({ providers, exports: [MessageStore, AdminToken, AppConfig] })
  class Surroundings {}

  const module = await Test.createTestingModule({ imports: [Surroundings, ViewerModule, HealthModule] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(origin + path, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  return { app, store, origin, get };
}

/** Logs in as the form does. @returns the `Cookie` header to send */
export async function logIn(origin: string, token = TOKEN): Promise<string> {
  const response = await fetch(`${origin}/login`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}
