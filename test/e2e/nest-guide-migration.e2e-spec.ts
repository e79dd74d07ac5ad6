import { type DynamicModule, type INestApplication, Logger, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { connectTestClient, withoutPorts } from 'nestjs-smtp/testing';
import type { SMTPServer } from 'smtp-engine/compat';
import { DialogueClient } from 'smtp-engine/testing';
import { InboxService, MailboxesService, UsersService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { LogBook, running } from '../support/nest-smtp.js';

const MAIL = { from: 'alice@example.com', to: ['bob@example.com'], data: 'Subject: hi\r\n\r\nhello\r\n' };
let module: TestingModule | undefined;
let client: DialogueClient;

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  if (module === undefined) return;
  client.destroy();
  await module.close();
  module = undefined;
});

interface Example {
  readonly smtp: DynamicModule;
  readonly [name: string]: unknown;
}

/** Starts what an example declares, and connects a client. */
async function start({ smtp, ...rest }: Example): Promise<DialogueClient> {
  const controllers = Object.entries(rest).filter(([name]) => name.endsWith('Controller'));
  const builder = Test.createTestingModule({
    imports: [smtp],
    controllers: controllers.map(([, controller]) => controller as Type),
    providers: [UsersService, MailboxesService, InboxService],
  });
  module = await withoutPorts(builder).setLogger(new LogBook()).compile();
  client = await connectTestClient(module);
  await client.ehlo();
  await client.startTls();
  await client.ehlo();
  return client;
}

function examplesOf(page: string): CompiledExamples {
  const examples = CompiledExamples.of(page);
  afterAll(() => examples.remove());
  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(page).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });
  return examples;
}

describe('From smtp-server', () => {
  const examples = examplesOf('migration-smtp-server.md');

  test('a login and a message', async () => {
    await start(await examples.run('first'));
    expect((await client.authPlain('alice', 'wrong')).raw).toEqual(['535 5.7.8 Invalid username or password']);
    expect((await client.authPlain('alice', 'secret')).code).toBe(235);
    expect((await client.send(MAIL)).raw).toEqual(['250 2.6.0 queued as 42']);
  });

  test('who may send, and to whom', async () => {
    await start(await examples.run('paths'));
    expect((await client.command('MAIL FROM:<a@spam.example>')).raw).toEqual(['550 5.7.1 Not from you']);
    expect(await client.send({ ...MAIL, to: ['eve@example.com'] })).toMatchObject({ code: 550, enhanced: '5.1.1' });
    expect((await client.command('RCPT TO:<bob@example.com>')).code).toBe(250);
  });

  describe('by one import', () => {
    /** Runs an example of compat and connects a client, which has done STARTTLS. */
    async function run(name: string): Promise<SMTPServer> {
      const { server } = await examples.run<{ server: SMTPServer }>(name);
      if (!server.server.listening) await once(server.server, 'listening');
      client = new DialogueClient(connect((server.server.address() as AddressInfo).port, '127.0.0.1'));
      await client.reply();
      await client.ehlo();
      await client.startTls();
      await client.ehlo();
      return server;
    }

    async function stop(server: SMTPServer): Promise<void> {
      client.destroy();
      await new Promise<void>((resolve) => server.close(resolve));
    }

    test('callbacks', async () => {
      const server = await run('compat');
      expect((await client.authPlain('alice', 'wrong')).raw).toEqual(['535 Invalid username or password']);
      expect((await client.authPlain('alice', 'secret')).code).toBe(235);
      expect((await client.command('MAIL FROM:<a@spam.example>')).raw).toEqual(['550 Not from you']);
      expect((await client.send(MAIL)).raw).toEqual(['250 22 octets from alice']);
      await stop(server);
    });

    test('promises, and more mechanisms', async () => {
      const server = await run('compat-beyond');
      expect((await client.ehlo()).lines).toEqual(
        expect.arrayContaining(['CHUNKING', 'AUTH SCRAM-SHA-256 OAUTHBEARER PLAIN']),
      );
      expect((await client.authPlain('alice', 'pen')).code).toBe(535);
      expect((await client.authPlain('alice', 'pencil')).code).toBe(235);
      expect((await client.send({ ...MAIL, to: ['nobody@example.com'] })).raw).toEqual(['550 No such user']);
      await client.command('RSET');
      expect((await client.send(MAIL)).raw).toEqual(['250 kept']);
      await stop(server);
    });
  });

  test('messages that are too large', async () => {
    await start(await examples.run('size'));
    expect(await client.send({ ...MAIL, data: 'x'.repeat(2000) })).toMatchObject({ code: 552, enhanced: '5.3.4' });
    expect((await client.send(MAIL)).raw).toEqual(['250 2.6.0 taken']);
  });
});

describe('From Haraka plugins', () => {
  const examples = examplesOf('migration-haraka.md');

  test('a guard and a handler say what plugins said', async () => {
    await start(await examples.run('plugin'));
    expect((await client.command('MAIL FROM:<a@spam.example>')).raw).toEqual(['550 5.7.1 Not from you']);
    await client.command('MAIL FROM:<a@elsewhere.example>');
    expect((await client.command('RCPT TO:<bob@example.net>')).code).toBe(550);
    expect((await client.command('RCPT TO:<bob@EXAMPLE.org>')).code).toBe(250);
  });
});

describe('Deployment', () => {
  const examples = examplesOf('deployment.md');

  test('an application with HTTP and SMTP takes mail until it is closed', async () => {
    const { app } = await examples.run<{ app: INestApplication }>('signals');
    const smtp = running(app);
    const connected = await smtp.connectSecurely();
    await connected.authPlain('alice', 'secret');
    expect((await connected.send(MAIL)).code).toBe(250);
    const closed = app.close();
    expect((await connected.reply()).code).toBe(421);
    await connected.end();
    await closed;
  });
});
