import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SMTPServer, SMTPServerConnectionInfo, SMTPServerOptions } from 'smtp-server';
import { eventually, Peer } from '../support/engine.js';
import { libraries } from './support/libraries.js';
import { QUIET, type Running, start } from './support/running.js';

describe.each(libraries)('the life of a server of %s', (library, SMTPServer) => {
  let running: Running | undefined;
  const servers: SMTPServer[] = [];
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    for (const server of servers.splice(0)) server.close();
  });

  function make(options: SMTPServerOptions = {}): SMTPServer {
    const server = new SMTPServer({ ...QUIET, authOptional: true, ...options });
    servers.push(server);
    return server;
  }

  async function greetingOn(target: { port: number; host?: string } | { path: string }): Promise<string> {
    const peer = new Peer(connect(target as never));
    const greeting = await peer.reply();
    peer.socket.destroy();
    return greeting;
  }

  test('is an EventEmitter with the members of the original', () => {
    const server = make();
    expect(server).toBeInstanceOf(EventEmitter);
    expect(server.connections).toEqual(new Set());
    expect(server.server).toBeInstanceOf(Server);
    expect(server.server.address()).toBeNull();
    expect([...server.secureContext.keys()]).toEqual(['*']);
    expect(server.logger.info).toBeInstanceOf(Function);
    expect(server.options).toMatchObject({ name: 'mx.example', authOptional: true });
  });

  test('needs no options; without a logger of its own it may warn that it has no certificate', () => {
    const warn = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      expect(new SMTPServer({ logger: false }).options.authMethods).toEqual(['LOGIN', 'PLAIN']);
      expect(warn).not.toHaveBeenCalled();
      for (const options of [undefined, null]) expect(new SMTPServer(options).connections.size).toBe(0);
    } finally {
      warn.mockRestore();
    }
  });

  test.each<[string, (server: SMTPServer, heard: () => void) => unknown]>([
    ['port and callback', (server, heard) => server.listen(0, heard)],
    ['port, host and callback', (server, heard) => server.listen(0, '127.0.0.1', heard)],
    ['port, host, backlog and callback', (server, heard) => server.listen(0, '127.0.0.1', 50, heard)],
    ['port, backlog and callback', (server, heard) => server.listen(0, 50, heard)],
    ['options and callback', (server, heard) => server.listen({ port: 0, host: '127.0.0.1' }, heard)],
    ['a callback alone', (server, heard) => (server.listen as (heard: () => void) => Server)(heard)],
  ])('listens with %s', async (_what, listen) => {
    const server = make();
    let heard = 0;
    const listener = listen(server, () => heard++);
    expect(listener).toBe(server.server);
    await once(listener as Server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    expect(await greetingOn({ port, host: '127.0.0.1' })).toBe('220 mx.example ESMTP\r\n');
    expect(heard).toBe(1);
  });

  test('listens on a path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'compat-'));
    const path = join(folder, 'smtp.sock');
    const server = make();
    await once(server.listen(path), 'listening');
    expect(await greetingOn({ path })).toBe('220 mx.example ESMTP\r\n');
    await new Promise<void>((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  test('a port that is taken is an error event', async () => {
    const holder = createServer();
    await once(holder.listen(0, '127.0.0.1'), 'listening');
    const server = make();
    server.listen((holder.address() as AddressInfo).port, '127.0.0.1');
    const [error] = (await once(server, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
    holder.close();
  });

  test('takes a socket that another server accepted', async () => {
    const server = make();
    const acceptor = createServer((socket) => server.connect(socket, { remoteAddress: '192.0.2.7', remotePort: 77 }));
    await once(acceptor.listen(0, '127.0.0.1'), 'listening');
    const connected = once(server, 'connect');
    const peer = new Peer(connect((acceptor.address() as AddressInfo).port, '127.0.0.1'));
    expect(await peer.reply()).toBe('220 mx.example ESMTP\r\n');
    const [info] = (await connected) as [SMTPServerConnectionInfo];
    expect(info).toMatchObject({ remoteAddress: '192.0.2.7', remotePort: 77 });
    peer.socket.destroy();
    acceptor.close();
  });

  test('a socket can bring the id of its session', async () => {
    const server = make();
    const acceptor = createServer((socket) => server.connect(socket, { id: 'our-own-id' }));
    await once(acceptor.listen(0, '127.0.0.1'), 'listening');
    const connected = once(server, 'connect');
    const peer = new Peer(connect((acceptor.address() as AddressInfo).port, '127.0.0.1'));
    const [{ id }] = (await connected) as [SMTPServerConnectionInfo];
    peer.socket.destroy();
    acceptor.close();
    expect(id).toBe('our-own-id');
  });

  test('connect tells who has come', async () => {
    running = await start(SMTPServer);
    const connected = once(running.server, 'connect');
    const peer = await running.dial();
    await peer.reply();
    const [info] = (await connected) as [SMTPServerConnectionInfo];
    expect(info).toEqual({
      id: expect.stringMatching(/^[0-9a-v]{16}$/),
      localAddress: '127.0.0.1',
      localPort: running.port,
      remoteAddress: '127.0.0.1',
      remotePort: (peer.socket as unknown as AddressInfo & { localPort: number }).localPort,
      hostNameAppearsAs: false,
      clientHostname: '[127.0.0.1]',
    });
  });

  test('connect waits for MAIL where XCLIENT might come before', async () => {
    running = await start(SMTPServer, { useXClient: true });
    const seen: SMTPServerConnectionInfo[] = [];
    running.server.on('connect', (info) => seen.push(info));
    const peer = await running.greet();
    expect(await peer.command('XCLIENT ADDR=192.0.2.9 NAME=proxied.example')).toMatch(/^220 /);
    await peer.command('EHLO again.example');
    expect(seen.length).toBeLessThanOrEqual(1);
    await peer.command('MAIL FROM:<a@b>');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ remoteAddress: '192.0.2.9', clientHostname: 'proxied.example' });
  });

  test('connections can be read, spoken to and closed', async () => {
    running = await start(SMTPServer);
    const peer = await running.greet();
    const [connection] = [...running.server.connections];
    expect(connection).toMatchObject({
      id: expect.stringMatching(/^[0-9a-v]{16}$/),
      remoteAddress: '127.0.0.1',
      localPort: running.port,
      hostNameAppearsAs: 'client',
      openingCommand: 'EHLO',
      secure: false,
      name: 'mx.example',
    });
    expect(connection!.remotePort).toBeGreaterThan(0);
    expect(connection!.session.id).toBe(connection!.id);
    connection!.send(250, 'Out of turn');
    expect(await peer.reply()).toBe('250 Out of turn\r\n');
    connection!.close();
    expect(await peer.rest()).toBe('');
    await eventually(() => running!.server.connections.size === 0);
  });

  test('over maxClients it is 421', async () => {
    running = await start(SMTPServer, { maxClients: 1 });
    await running.greet();
    const second = await running.dial();
    expect(await second.rest()).toBe('421 mx.example Too many connected clients, try again in a moment\r\n');
  });

  test('close calls back once the last client has gone, once and without an error', async () => {
    running = await start(SMTPServer, { closeTimeout: 5000 });
    const peer = await running.greet();
    const calls: unknown[][] = [];
    const closed = once(running.server, 'close');
    running.server.close((...args: unknown[]) => calls.push(args));
    await sleep(50);
    expect(calls).toEqual([]);
    expect(await peer.command('NOOP')).toBe('421 Server shutting down\r\n');
    await peer.rest();
    await closed;
    expect(calls).toEqual([[]]);
    running = undefined;
  });

  test('close does not wait longer than closeTimeout', async () => {
    running = await start(SMTPServer, { closeTimeout: 100 });
    const peer = await running.greet();
    let calls = 0;
    running.server.close(() => calls++);
    expect(await peer.rest()).toBe('421 Server shutting down\r\n');
    await eventually(() => calls > 0);
    await sleep(50);
    expect(calls).toBe(1);
    running = undefined;
  });

  test('close can be called before listen, and more than once', async () => {
    const server = make();
    await new Promise<void>((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => server.close(resolve));
    const other = await start(SMTPServer);
    let calls = 0;
    other.server.close(() => calls++);
    other.server.close(() => calls++);
    other.server.close();
    await eventually(() => calls === 2);
  });

  test('listens and closes twenty times on one port', async () => {
    const { port, server } = await start(SMTPServer);
    for (let round = 0; round < 20; round++) {
      await new Promise<void>((resolve) => server.close(resolve));
      await once(server.listen(port, '127.0.0.1'), 'listening');
      expect((server.server.address() as AddressInfo).port).toBe(port);
    }
    expect(await greetingOn({ port, host: '127.0.0.1' })).toBe('220 mx.example ESMTP\r\n');
    await new Promise<void>((resolve) => server.close(resolve));
  });

  test('a logger hears what happens, and never a secret', async () => {
    const records: [string, unknown[]][] = [];
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    const logger = Object.fromEntries(
      levels.map((level) => [level, (...args: unknown[]) => records.push([level, args])]),
    );
    running = await start(SMTPServer, {
      logger: logger as never,
      component: 'our-mail',
      onAuth: ({ password }, _session, callback) => callback(null, password === 's3cret' ? { user: 'ann' } : {}),
    });
    const peer = await running.secure();
    await peer.command(`AUTH PLAIN ${Buffer.from('\0ann\0wr0ng').toString('base64')}`);
    await peer.command('AUTH LOGIN');
    await peer.command(Buffer.from('ann').toString('base64'));
    await peer.command(Buffer.from('s3cret').toString('base64'));
    await peer.command('QUIT');
    await peer.rest();
    await eventually(() => records.some(([, [data]]) => (data as { tnx: string }).tnx === 'close'));
    expect(records.map(([, [data]]) => data)).toContainEqual(expect.objectContaining({ component: 'our-mail' }));
    expect(records.map(([level]) => level)).toEqual(expect.arrayContaining(['debug', 'info']));
    const text = JSON.stringify(records);
    for (const secret of ['s3cret', 'wr0ng', 'czNjcmV0', 'AGFubgB3cjBuZw']) expect(text).not.toContain(secret);
    expect(text).toContain('535 Error: Authentication credentials invalid');
  });

  test('a logger hears the commands', async () => {
    const lines: unknown[][] = [];
    const ignore = (): void => undefined;
    running = await start(SMTPServer, {
      logger: { debug: (...args: unknown[]) => lines.push(args), info: ignore, error: ignore } as never,
    });
    await running.greet();
    expect(JSON.stringify(lines)).toContain('EHLO client');
  });
});
