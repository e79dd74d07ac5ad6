import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { type Backend, SmtpServer } from 'smtp-engine';
import { connectInMemory, DialogueClient } from 'smtp-engine/testing';
import { logged, server as guideServer, sessions, stored } from '../guide/engine-fixtures.js';
import { CompiledExamples, ENGINE_FIXTURES, readGuidePage } from '../support/guide-examples.js';

const MAIL = { from: 'a@example.com', to: ['bob@example.com'], data: 'hello' };
const clients: DialogueClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
afterAll(() => guideServer.close());

/** Greeted, and introduced if it is not said otherwise. */
async function talk(client: DialogueClient, hello = 'EHLO client.example'): Promise<DialogueClient> {
  clients.push(client);
  await client.reply();
  await client.command(hello);
  return client;
}

function examplesOf(page: string): CompiledExamples {
  const examples = CompiledExamples.of(page, [ENGINE_FIXTURES]);
  afterAll(() => examples.remove());
  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(page).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });
  return examples;
}

describe('Behind a proxy', () => {
  const examples = examplesOf('proxies.md');

  test('a PROXY header of the listed peer, XCLIENT of the other, and names', async () => {
    const ids = (): string[] => guideServer.addresses().map(({ id }) => id);
    const before = new Set(ids());
    for (const name of ['proxy', 'xclient', 'names']) await examples.run(name);
    const [proxy, xclient] = ids().filter((id) => !before.has(id));
    const balanced = connectInMemory(guideServer, { listener: proxy!, remoteAddress: '10.0.0.5' });
    balanced.write('PROXY TCP4 192.0.2.7 10.0.0.7 4711 25\r\n');
    await talk(balanced);
    expect(sessions.at(-1)).toMatchObject({ remoteAddress: '192.0.2.7', peerAddress: '10.0.0.5' });
    const nginx = await talk(connectInMemory(guideServer, { listener: xclient!, remoteAddress: '10.0.0.6' }));
    expect(await nginx.command('XCLIENT ADDR=192.0.2.8')).toMatchObject({ code: 220 });
    expect(sessions.at(-1)).toMatchObject({ remoteAddress: '192.0.2.8' });
  });

  test('the certificate that a proxy has seen', async () => {
    const { backend } = await examples.run<{ backend: Backend }>('tlvs');
    const tls = { type: 'SSL', commonName: 'alice', verified: true };
    await backend.connect!({ proxy: { tlvs: [tls] } } as never);
    expect(logged).toEqual(['certificate of alice, verified: true']);
  });
});

describe('Extensions', () => {
  const examples = examplesOf('extensions.md');
  const start = async (name: string): Promise<SmtpServer> => (await examples.run<{ server: SmtpServer }>(name)).server;
  const serve = async (name: string, listener: object): Promise<SmtpServer> => {
    const { backend } = await examples.run<{ backend: Backend }>(name);
    const server = new SmtpServer({ authOptional: true }, { rcpt: () => true, ...backend });
    server.addListener(listener);
    return server;
  };

  test('promises stand in EHLO', async () => {
    const server = await start('promises');
    server.addListener({ authOptional: true, recipients: 'any' });
    const client = await talk(connectInMemory(server));
    const { lines } = await client.ehlo();
    expect(lines).toEqual(expect.arrayContaining(['DSN', 'DELIVERBY 60', 'BINARYMIME', 'RRVS', 'MT-PRIORITY MIXER']));
    expect(lines.join()).toMatch(/FUTURERELEASE 86400 .*NO-SOLICITING org\.example:ADV:ADLT/);
  });

  test('a mailbox that has a new owner', async () => {
    const client = await talk(connectInMemory(await serve('rrvs', { extensions: { rrvs: true } })));
    await client.command('MAIL FROM:<a@example.com>');
    const rcpt = (year: number): string => `RCPT TO:<bob@example.com> RRVS=${year}-01-01T00:00:00Z`;
    expect(await client.command(rcpt(2019))).toMatchObject({ code: 550, enhanced: '5.7.17' });
    expect(await client.command(rcpt(2021))).toMatchObject({ code: 250 });
  });

  test('LMTP on a Unix socket, and a reply for each recipient', async () => {
    await examples.run('lmtp');
    const path = guideServer
      .addresses()
      .map(({ address }) => address)
      .find((address) => typeof address === 'string');
    const socket = await talk(new DialogueClient(connect(path!)), 'LHLO client.example');
    expect(await socket.send(MAIL)).toMatchObject({ code: 250 });
    const client = await talk(connectInMemory(await serve('each', { lmtp: true })), 'LHLO client.example');
    expect(await client.send({ ...MAIL, to: ['ann@example.com', 'bob@example.com'] })).toMatchObject({
      lines: ['stored for ann@example.com'],
    });
    expect((await client.reply()).raw).toEqual(['452 4.2.2 Mailbox full']);
  });

  test('tenants', async () => {
    const server = await start('tenants');
    server.addListener();
    const client = await talk(connectInMemory(server));
    await client.authPlain('ann', 'x');
    await client.command('MAIL FROM:<a@example.com> XTENANT=acme');
    await client.command('RCPT TO:<bob@example.com>');
    await client.command('DATA');
    expect(await client.command('hello\r\n.')).toMatchObject({ code: 250 });
    expect([...stored]).toEqual([['acme', 7]]);
  });
});
