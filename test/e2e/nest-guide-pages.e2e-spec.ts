import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, type DynamicModule, Logger, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { selfSignedCertificate, SmtpAuth, SmtpModule, SmtpPorts, SmtpTransport } from 'nestjs-smtp';
import {
  connectTestClient,
  DialogueClient,
  type FailureScript,
  type ReceivedReply,
  withoutPorts,
} from 'nestjs-smtp/testing';
import { InboxService, MailboxesService, UsersService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { LogBook } from '../support/nest-smtp.js';

@Controller()
class AnyoneController {
  @SmtpAuth('PLAIN')
  login() {
    return true;
  }
}

const PAGE_ON_TESTING = new URL('../../docs/guide/testing.md', import.meta.url);
const clients: DialogueClient[] = [];
let running: TestingModule | undefined;

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await running?.close();
  running = undefined;
});

/** Starts an example as a part of an application without ports. */
async function start(smtp: DynamicModule, controllers: Type[], providers: Type[] = []): Promise<TestingModule> {
  const builder = Test.createTestingModule({
    imports: [smtp],
    controllers,
    providers: [UsersService, MailboxesService, InboxService, ...providers],
  });
  running = await withoutPorts(builder).setLogger(new LogBook()).compile();
  return running;
}

async function connect(listener?: string, secure = false): Promise<DialogueClient> {
  const client = await connectTestClient(running!, { secure, ...(listener === undefined ? {} : { listener }) });
  clients.push(client);
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

describe('TLS', () => {
  const examples = examplesOf('tls.md');
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'guide-tls-'));

  // The examples read tls.key and tls.crt where they are started.
  beforeAll(async () => {
    const { key, cert } = await selfSignedCertificate(['localhost']);
    await writeFile(join(folder, 'tls.key'), key);
    await writeFile(join(folder, 'tls.crt'), cert);
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  test('STARTTLS and implicit TLS with the certificate of the files, which is renewed while it runs', async () => {
    const { smtp } = await examples.run<{ smtp: DynamicModule }>('tls');
    const { CertificateRenewal } = await examples.run<{ CertificateRenewal: Type<{ renew(): Promise<void> }> }>(
      'renewal',
    );
    const { PrivateController } = await examples.run<{ PrivateController: Type }>('required');
    const module = await start(smtp, [PrivateController, AnyoneController], [CertificateRenewal]);
    const clear = await connect('submission');
    expect((await clear.ehlo()).lines).toContain('STARTTLS');
    const secure = await connect('submissions', true);
    expect((await secure.ehlo()).lines).not.toContain('STARTTLS');
    await module.get(CertificateRenewal).renew();
    expect((await (await connect('submissions', true)).ehlo()).code).toBe(250);
  });

  test('a handler that wants TLS', async () => {
    const { PrivateController } = await examples.run<{ PrivateController: Type }>('required');
    const { smtp } = await examples.run<{ smtp: DynamicModule }>('names');
    const options = { name: 'mail.example.com', authOptional: true, recipients: 'any' } as const;
    await start(SmtpModule.forRoot(options), [PrivateController]);
    const client = await connect();
    await client.ehlo();
    expect((await client.command('MAIL FROM:<a@example.com>')).raw).toEqual(['530 5.7.0 STARTTLS first']);
    await client.startTls();
    await client.ehlo();
    expect(await client.command('MAIL FROM:<a@example.com>')).toMatchObject({ code: 250 });
    expect(smtp).toMatchObject({ module: SmtpModule });
  });
});

describe('Listeners', () => {
  const examples = examplesOf('listeners.md');

  test('two transports, each with its own handlers', async () => {
    const { AppModule } = await examples.run<{ AppModule: Type }>('transports');
    running = await withoutPorts(Test.createTestingModule({ imports: [AppModule] }))
      .setLogger(new LogBook())
      .compile();
    const inbound = await connectTestClient(running, { transport: 'inbound' });
    clients.push(inbound);
    await inbound.ehlo();
    const mail = { from: 'a@example.org', to: ['b@example.com'], data: 'Subject: hi\r\n\r\nhello' };
    expect((await inbound.send(mail)).raw.join()).toContain('one of 1');
    const outbound = await connect();
    await outbound.ehlo();
    await outbound.startTls();
    await outbound.ehlo();
    expect(await outbound.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    expect((await outbound.send(mail)).raw.join()).toContain('sent');
  });

  describe('one application at several', () => {
    let module: TestingModule;

    // Only the Unix socket opens; to the others there are test clients.
    beforeEach(async () => {
      const { smtp, MailController } = await examples.run<{ smtp: DynamicModule; MailController: Type }>('listeners');
      const { SmtpStatus } = await examples.run<{ SmtpStatus: Type<{ report(): unknown }> }>('transport');
      const onlyLmtp: SmtpPorts = {
        open: async (server, listener) => void (listener === 'lmtp' && (await server.open(listener))),
      };
      module = await Test.createTestingModule({
        imports: [smtp],
        controllers: [MailController],
        providers: [UsersService, MailboxesService, InboxService, SmtpStatus],
      })
        .overrideProvider(SmtpPorts)
        .useValue(onlyLmtp)
        .setLogger(new LogBook())
        .compile();
      running = module;
      await module.init();
    });

    test('from other servers: no login, only mailboxes that exist, 20 MiB', async () => {
      const mx = await connect('mx');
      const { lines } = await mx.ehlo();
      expect(lines).toContain(`SIZE ${20 * 1024 * 1024}`);
      expect(lines).toContain('STARTTLS');
      expect(lines.filter((line) => line.startsWith('AUTH'))).toEqual([]);
      expect((await mx.command('MAIL FROM:<a@elsewhere.example>')).code).toBe(250);
      expect((await mx.command('RCPT TO:<nobody@example.com>')).code).toBe(550);
      expect((await mx.command('RCPT TO:<bob@elsewhere.example>')).code).toBe(550);
      await mx.command('RSET');
      const mail = { from: 'a@elsewhere.example', to: ['bob@example.com'], data: 'hello' };
      expect((await mx.send(mail)).lines).toEqual(['received as 42']);
    });

    test('from users: login, any recipient, 50 MiB', async () => {
      const submission = await connect('submissions', true);
      expect((await submission.ehlo()).lines).toContain(`SIZE ${50 * 1024 * 1024}`);
      expect((await submission.command('MAIL FROM:<a@example.com>')).code).toBe(530);
      expect((await submission.authPlain('alice', 'secret')).code).toBe(235);
      const mail = { from: 'alice@example.com', to: ['anybody@elsewhere.example'], data: 'hello' };
      expect((await submission.send(mail)).lines).toEqual(['queued as 42']);
      const clear = await connect('submission');
      expect((await clear.ehlo()).lines).toContain('STARTTLS');
      expect(module.get(SmtpTransport).connections()).toHaveLength(2);
    });

    test('LMTP on a Unix socket: a reply for each recipient', async () => {
      const { SmtpStatus } = await examples.run<{ SmtpStatus: Type<{ report(): unknown }> }>('transport');
      const addresses = module.get(SmtpTransport).addresses();
      expect(addresses).toMatchObject([{ id: 'lmtp', address: expect.stringMatching(/-lmtp\.sock$/) }]);
      const lmtp = new DialogueClient(connectSocket(addresses[0]!.address as string));
      clients.push(lmtp);
      await lmtp.reply();
      const { lines } = await lmtp.command('LHLO relay.example');
      expect(lines.filter((line) => line.startsWith('AUTH'))).toEqual([]);
      await lmtp.command('MAIL FROM:<a@elsewhere.example>');
      expect((await lmtp.command('RCPT TO:<nobody@example.com>')).code).toBe(550);
      await lmtp.command('RCPT TO:<bob@example.com>');
      await lmtp.command('RCPT TO:<alice@example.com>');
      await lmtp.command('DATA');
      expect((await lmtp.command('hello\r\n.')).lines).toEqual(['stored for bob@example.com as 42']);
      expect((await lmtp.reply()).lines).toEqual(['stored for alice@example.com as 42']);
      expect(module.get(SmtpStatus).report()).toEqual({ listeners: ['lmtp'], clients: 1 });
    });
  });
});

describe('Testing', () => {
  const examples = examplesOf('testing.md');

  test('the reply is the one that the page shows', async () => {
    const { module, client, reply } = await examples.run<{
      module: TestingModule;
      client: DialogueClient;
      reply: ReceivedReply;
    }>('testing');
    running = module;
    clients.push(client);
    expect(reply).toEqual({
      code: 250,
      enhanced: '2.6.0',
      lines: ['queued as 42'],
      raw: ['250 2.6.0 queued as 42'],
    });
  });

  test('clients that fail: one is gone in the middle, one is slow, and the transcript ends as the page shows', async () => {
    const { module, UploadController, reply, transcript } = await examples.run<{
      module: TestingModule;
      UploadController: Type<{ kept: string[]; lost: number }>;
      reply: ReceivedReply;
      transcript: string;
    }>('failures');
    running = module;
    const controller = module.get(UploadController);
    expect(controller).toMatchObject({ kept: ['Subject: hi\r\n\r\nhello\r\n'], lost: 1 });
    expect(reply).toMatchObject({ code: 250 });
    const shown = /^It ends so:\n\n```\n([^]*?)\n```$/m.exec(readFileSync(PAGE_ON_TESTING, 'utf8'))![1]!;
    expect(transcript).toMatch(/^S: 220 mail\.example\.com ESMTP\nC: EHLO /);
    expect(transcript.slice(-shown.length)).toBe(shown);
  });

  test('servers that fail', async () => {
    const { module, MailController, outcomes, failures } = await examples.run<{
      module: TestingModule;
      MailController: Type<{ kept: number }>;
      outcomes: string[];
      failures: FailureScript;
    }>('script');
    running = module;
    expect(outcomes).toEqual(['450', '450', 'gone', '250']);
    expect(failures.left).toBe(0);
    expect(module.get(MailController)).toMatchObject({ kept: 2 });
  });
});
