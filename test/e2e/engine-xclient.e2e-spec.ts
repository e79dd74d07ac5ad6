import { afterEach, expect, test } from '@jest/globals';
import { type Backend, type Credentials, receivedField, type SmtpServerOptions } from 'smtp-engine';
import { type Engine, type Peer, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, { useXClient: ['127.0.0.1'], ...options });
  const peer = await engine.connect();
  await peer.reply();
  return peer;
}

test('once it has given an address the words are the client’s: it may say no more about itself', async () => {
  const peer = await start({}, { useXClient: true, useXForward: true });
  expect(await peer.command('EHLO proxy')).toContain(
    '250-XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT REVERSE_NAME\r\n250 XFORWARD NAME ADDR',
  );
  expect(await peer.command('XCLIENT ADDR=192.0.2.66 PORT=4711 NAME=laptop.example')).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ remoteAddress: '192.0.2.66', remotePort: 4711, clientHostname: 'laptop.example' });
  expect(session!.peerAddress).toBe('127.0.0.1');
  expect(session!.remoteIn('192.0.2.0/24')).toBe(true);

  expect(await peer.command('EHLO client')).not.toMatch(/XCLIENT|XFORWARD/);
  expect(await peer.command('XCLIENT LOGIN=admin')).toBe('550 5.7.0 XCLIENT is not allowed here\r\n');
  expect(await peer.command('XFORWARD ADDR=10.0.0.1')).toBe('550 5.7.0 XFORWARD is not allowed here\r\n');
  expect(session).toMatchObject({ remoteAddress: '192.0.2.66', isAuthenticated: false, xForward: undefined });
});

test('several commands add up', async () => {
  const peer = await start();
  expect(await peer.command('XCLIENT NAME=[UNAVAILABLE] PORT=4711')).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ clientHostname: '[127.0.0.1]', remotePort: 4711 });
  expect(await peer.command('XCLIENT ADDR=IPV6:2001:DB8:0::1 DESTADDR=198.51.100.1 DESTPORT=25')).toMatch(/^220 /);
  expect(session).toMatchObject({
    remoteAddress: '2001:db8::1',
    remotePort: 4711,
    localAddress: '198.51.100.1',
    localPort: 25,
    clientHostname: '[2001:db8::1]',
  });
  expect(Object.fromEntries(session!.xClient!)).toEqual({
    'ADDR:DEFAULT': '127.0.0.1',
    'NAME:DEFAULT': '[127.0.0.1]',
    'PORT:DEFAULT': expect.any(Number),
    NAME: false,
    PORT: 4711,
    ADDR: '2001:db8::1',
    DESTADDR: '198.51.100.1',
    DESTPORT: 25,
  });
  expect(receivedField(session!, { id: '1' })).toContain('from unknown ([IPv6:2001:db8::1])');
});

test('a client that its proxy does not know is not taken for the proxy', async () => {
  const peer = await start();
  const destination = 'DESTADDR=[UNAVAILABLE] DESTPORT=[UNAVAILABLE]';
  expect(await peer.command(`XCLIENT ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE] ${destination}`)).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({
    remoteAddress: 'unknown',
    remotePort: 0,
    clientHostname: '[unknown]',
    localAddress: '127.0.0.1',
    localPort: engine.port,
  });
  expect(session!.remoteIn('127.0.0.0/8', '0.0.0.0/0', '::/0')).toBe(false);
  expect(await peer.command('XCLIENT ADDR=192.0.2.1')).toMatch(/^550 /);
});

test('the connect hook judges each client; who is refused is gone', async () => {
  const peer = await start({ connect: (session) => session.remoteAddress !== '192.0.2.66' });
  expect(await peer.command('XCLIENT NAME=laptop.example')).toMatch(/^220 /);
  peer.write('XCLIENT ADDR=192.0.2.66\r\nEHLO client\r\n');
  expect(await peer.rest()).toBe('554 No SMTP service here\r\n');
});

test('HELO and PROTO introduce the client, as far as the hello hook agrees', async () => {
  const hello: Backend['hello'] = (session) => session.hostNameAppearsAs !== 'mallory';
  const peer = await start({ hello });
  expect(await peer.command('XCLIENT HELO=Laptop PROTO=ESMTP')).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ hostNameAppearsAs: 'laptop', openingCommand: 'EHLO', transmissionType: 'ESMTP' });
  expect(await peer.command('MAIL FROM:<a@b> SIZE=1')).toMatch(/^250 /);
  expect(await peer.command('RSET')).toMatch(/^250 /);

  expect(await peer.command('XCLIENT HELO=mallory')).toBe('550 5.7.1 Refused\r\n');
  expect(session).toMatchObject({ hostNameAppearsAs: false, openingCommand: false });
  expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^503 /);

  expect(await peer.command('XCLIENT HELO=laptop')).toMatch(/^220 /);
  expect(session).toMatchObject({ hostNameAppearsAs: 'laptop', openingCommand: 'HELO', transmissionType: 'SMTP' });
  expect(await peer.command('XCLIENT HELO=[UNAVAILABLE] PROTO=SMTP')).toMatch(/^220 /);
  expect(session).toMatchObject({ hostNameAppearsAs: false, openingCommand: false });
});

test('HELO introduces a client of LMTP too', async () => {
  const peer = await start({}, { lmtp: true });
  expect(await peer.command('XCLIENT HELO=laptop PROTO=ESMTP')).toBe('220 mx.example LMTP\r\n');
  expect(engine.sessions[0]).toMatchObject({ openingCommand: 'LHLO', transmissionType: 'LMTP' });
  expect(await peer.command('MAIL FROM:<a@b> SIZE=1')).toMatch(/^250 /);
});

test('a hello hook that fails at XCLIENT: 451, and the client may introduce itself', async () => {
  let failing = true;
  const peer = await start({
    hello: () => {
      if (failing) throw new Error('bug');
    },
  });
  expect(await peer.command('XCLIENT HELO=laptop')).toBe('451 4.3.0 Local error in processing, try again later\r\n');
  failing = false;
  expect(await peer.command('HELO laptop')).toMatch(/^250 /);
});

test('what belongs to the connection stays: TLS, the counts', async () => {
  const peer = await start({ auth: () => true }, { authOptional: false, maxAllowedUnauthenticatedCommands: 4 });
  expect(await peer.command('STARTTLS')).toMatch(/^220 /);
  await peer.startTls();
  expect(await peer.command('EHLO proxy')).toContain('XCLIENT');
  expect(await peer.command('XCLIENT ADDR=192.0.2.66')).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ secure: true, unauthenticatedCommands: 2 });
  expect(await peer.command('EHLO client')).not.toContain('STARTTLS');
  expect(await peer.command('NOOP')).toMatch(/^250 /);
  peer.write('NOOP\r\n');
  expect(await peer.rest()).toMatch(/^421 /);
});

test('STARTTLS forgets neither the client nor that it may say no more', async () => {
  const peer = await start();
  expect(await peer.command('XCLIENT ADDR=192.0.2.66')).toMatch(/^220 /);
  expect(await peer.command('STARTTLS')).toMatch(/^220 /);
  await peer.startTls();
  expect(await peer.command('EHLO client')).not.toContain('XCLIENT');
  expect(engine.sessions[0]!.remoteAddress).toBe('192.0.2.66');
});

test('nobody becomes trusted by an address that XCLIENT gave', async () => {
  const peer = await start({}, { useXClient: ['10.0.0.0/8'] });
  expect(await peer.command('EHLO client')).not.toContain('XCLIENT');
  expect(await peer.command('XCLIENT ADDR=10.0.0.1')).toMatch(/^550 5\.7\.0 /);
  expect(engine.sessions[0]!.remoteAddress).toBe('127.0.0.1');
});

test('LOGIN reaches the auth hook as what it is; it lifts the limit, and a new XCLIENT ends it', async () => {
  const seen: Credentials[] = [];
  const auth = (credentials: Credentials): boolean => seen.push(credentials) > 0;
  const peer = await start({ auth }, { authOptional: false });
  expect(await peer.command('XCLIENT LOGIN=alice+40example.com')).toMatch(/^220 /);
  expect(seen).toMatchObject([{ method: 'XCLIENT', username: 'alice@example.com', password: null }]);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ user: { username: 'alice@example.com' }, authMethod: 'XCLIENT' });
  await peer.command('EHLO client');
  expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
  await peer.command('RSET');
  expect(await peer.command('XCLIENT LOGIN=[UNAVAILABLE]')).toMatch(/^220 /);
  expect(session!.isAuthenticated).toBe(false);
  await peer.command('EHLO client');
  expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^530 /);
});

test.each([
  'XCLIENT',
  'XCLIENT ',
  'XCLIENT ADDR',
  'XCLIENT =x',
  'XCLIENT ADDR=1 ADDR=2',
  'XCLIENT ADDR=localhost',
  'XCLIENT ADDR=192.0.2.1+0D+0A',
  'XCLIENT PORT=65536',
  'XCLIENT PORT=-1',
  'XCLIENT PORT=1e3',
  'XCLIENT NAME=a+0Ab',
  'XCLIENT NAME=a+7Fb',
  'XCLIENT LOGIN=a+00b',
  'XCLIENT NAME=a+3db',
  'XCLIENT LOGIN=+FF',
  'XCLIENT DESTADDR=mx',
  'XCLIENT DESTPORT=smtp',
  'XCLIENT REVERSE_NAME=192.0.2.1',
  'XCLIENT PROTO=LMTP',
  'XCLIENT HELO=a+0Ab',
  'XCLIENT COLOUR=red',
])('%j changes nothing', async (line) => {
  const peer = await start({ auth: () => true });
  await peer.command('EHLO client');
  expect(await peer.command(line)).toBe('501 5.5.4 Syntax: XCLIENT attribute=value [...]\r\n');
  expect(engine.sessions[0]).toMatchObject({
    remoteAddress: '127.0.0.1',
    clientHostname: '[127.0.0.1]',
    openingCommand: 'EHLO',
    xClient: undefined,
    user: undefined,
  });
});
