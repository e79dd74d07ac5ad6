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

test('the trust belongs to the peer, not to the address that XCLIENT gave', async () => {
  const peer = await start();
  expect(await peer.command('XCLIENT ADDR=192.0.2.66 PORT=4711 NAME=laptop.example')).toMatch(/^220 /);
  const [session] = engine.sessions;
  expect(session).toMatchObject({ remoteAddress: '192.0.2.66', remotePort: 4711, clientHostname: 'laptop.example' });
  expect(session!.peerAddress).toBe('127.0.0.1');
  expect(session!.remoteIn('192.0.2.0/24')).toBe(true);
  // The proxy is still the peer.
  expect(await peer.command('EHLO client')).toContain('XCLIENT');
  expect(await peer.command('XCLIENT ADDR=IPV6:2001:db8::1')).toMatch(/^220 /);
  expect(session!.remoteAddress).toBe('2001:db8::1');
  expect(session!.xClient).toEqual(
    new Map(Object.entries({ ADDR: 'IPV6:2001:db8::1', PORT: '4711', NAME: 'laptop.example' })),
  );
  expect(receivedField(session!, { id: '1' })).toContain('from unknown ([IPv6:2001:db8::1])');
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
  'XCLIENT DESTADDR=192.0.2.1',
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
