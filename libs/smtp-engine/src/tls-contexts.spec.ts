import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from './certificate.js';
import { SmtpServer } from './server.js';
import type { ListenerAddress } from './server.js';

const NAMES = ['default.example', 'one.example', 'two.example', 'chosen.example'] as const;
let certificates: Record<string, { key: string; cert: string }>;
const servers: SmtpServer[] = [];

beforeAll(async () => {
  certificates = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [name, await selfSignedCertificate([name])] as const)),
  );
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

const start = async (options: object): Promise<{ server: SmtpServer; port: number }> => {
  const server = new SmtpServer({ authOptional: true, recipients: 'any', closeTimeout: 100 });
  servers.push(server);
  const { address }: ListenerAddress = await server.listen({ host: '127.0.0.1', port: 0, secure: true, ...options });
  return { server, port: (address as { port: number }).port };
};

/** The name in the certificate that a client gets when it asks for a name. */
async function certificateFor(port: number, servername: string): Promise<string> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

describe('the certificate for a name', () => {
  test.each([
    ['an object', false],
    ['a map', true],
  ])('comes from sniOptions, %s; any other name gets the default', async (_kind, asMap) => {
    const named = { 'One.example': certificates['one.example'], '*.two.example': certificates['two.example'] };
    const sniOptions = asMap ? new Map(Object.entries(named)) : named;
    const { port } = await start({ ...certificates['default.example'], sniOptions });
    expect(await certificateFor(port, 'one.example')).toBe('one.example');
    expect(await certificateFor(port, 'ONE.EXAMPLE')).toBe('one.example');
    expect(await certificateFor(port, 'a.two.example')).toBe('two.example');
    expect(await certificateFor(port, 'a.b.two.example')).toBe('default.example');
    expect(await certificateFor(port, 'two.example')).toBe('default.example');
  });

  test('is chosen by SNICallback, where there is one', async () => {
    const { createSecureContext } = await import('node:tls');
    const context = createSecureContext(certificates['chosen.example']);
    const { port } = await start({
      ...certificates['default.example'],
      sniOptions: { 'one.example': certificates['one.example'] },
      SNICallback: (name: string, callback: (error: null, chosen?: typeof context) => void) =>
        callback(null, name === 'one.example' ? context : undefined),
    });
    expect(await certificateFor(port, 'one.example')).toBe('chosen.example');
    expect(await certificateFor(port, 'other.example')).toBe('default.example');
  });

  test('changes for connections to come with updateSecureContext(); a bad key changes nothing', async () => {
    const { server, port } = await start(certificates['default.example']!);
    expect(await certificateFor(port, 'x.example')).toBe('default.example');
    server.updateSecureContext(certificates['two.example']!);
    expect(await certificateFor(port, 'x.example')).toBe('two.example');
    expect(() => server.updateSecureContext({ key: 'no key', cert: 'no certificate' })).toThrow();
    server.updateSecureContext({ sniOptions: { 'one.example': certificates['one.example']! } });
    expect(await certificateFor(port, 'x.example')).toBe('two.example');
    expect(await certificateFor(port, 'one.example')).toBe('one.example');
  });
});
