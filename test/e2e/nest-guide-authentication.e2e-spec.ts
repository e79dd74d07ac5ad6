import { createHmac } from 'node:crypto';
import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { SmtpModule } from 'nestjs-smtp';
import { type Backend, type ListenerOptions, SmtpServer } from 'smtp-engine';
import { connectInMemory } from 'smtp-engine/testing';
import {
  connectTestClient,
  type DialogueClient,
  type ReceivedReply,
  type TestClientOptions,
  withoutPorts,
} from 'nestjs-smtp/testing';
import { MailboxesService, TokenService, UsersService } from '../guide/fixtures.js';
import { CompiledExamples, ENGINE_FIXTURES, readGuidePage } from '../support/guide-examples.js';
import { base64, LogBook } from '../support/nest-smtp.js';

const PAGE = 'authentication.md';
const MAIL = { from: 'alice@example.com', to: ['bob@example.com'], data: 'Subject: hi\r\n\r\nhello\r\n' };

/** What an example on this page declares: its controllers, and perhaps the module with its options. */
interface Declared {
  readonly [name: string]: Type | DynamicModule | TestingModule | ReceivedReply | DialogueClient;
}

describe('Authentication in Nest', () => {
  const examples = CompiledExamples.of(PAGE, [ENGINE_FIXTURES]);
  const used = new Set<string>();
  const log = new LogBook();
  const clients: DialogueClient[] = [];
  let running: TestingModule | undefined;

  afterAll(() => examples.remove());
  afterEach(stop);

  async function stop(): Promise<void> {
    for (const client of clients.splice(0)) client.destroy();
    await running?.close();
    running = undefined;
  }

  async function declared(name: string): Promise<Declared> {
    used.add(name);
    return examples.run<Declared>(name);
  }

  /** Starts an example as the application that it is a part of. */
  async function start(name: string, besides: readonly Type[] = []): Promise<void> {
    const { smtp, ...rest } = await declared(name);
    const controllers = Object.entries(rest).filter(([key]) => key.endsWith('Controller'));
    const builder = Test.createTestingModule({
      imports: [(smtp as DynamicModule | undefined) ?? SmtpModule.forRoot({ name: 'mail.example.com' })],
      controllers: [...controllers.map(([, controller]) => controller as Type), ...besides],
      providers: [UsersService, TokenService, MailboxesService],
    });
    running = await withoutPorts(builder).setLogger(log).compile();
  }

  async function connect(options?: TestClientOptions): Promise<DialogueClient> {
    const client = await connectTestClient(running!, options);
    clients.push(client);
    return client;
  }

  async function connectSecurely(): Promise<DialogueClient> {
    const client = await connect();
    await client.ehlo();
    await client.startTls();
    await client.ehlo();
    return client;
  }

  const loginController = async (): Promise<Type> => (await declared('password'))['LoginController'] as Type;
  const offer = ({ lines }: ReceivedReply): string | undefined => lines.find((line) => line.startsWith('AUTH'));

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('the engine alone', async () => {
    const run = <T>(name: string): Promise<T> => (used.add(name), examples.run<T>(name));
    const talk = async (backend: Backend, listener: ListenerOptions = {}): Promise<DialogueClient> => {
      const server = new SmtpServer({ allowInsecureAuth: true }, backend);
      server.addListener({ authMethods: ['PLAIN', 'OAUTHBEARER'], ...listener });
      const client = connectInMemory(server);
      clients.push(client);
      await client.reply();
      await client.ehlo();
      return client;
    };
    const bearer = (token: string): string => `AUTH OAUTHBEARER ${base64(`n,,\x01auth=Bearer ${token}\x01\x01`)}`;

    const logins = await talk((await run<{ backend: Backend }>('engine-logins')).backend);
    expect(await logins.authPlain('alice', 'wrong')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(await logins.authPlain('alice', 'secret')).toMatchObject({ code: 235 });

    const tokens = await talk((await run<{ backend: Backend }>('engine-challenge')).backend);
    const challenge = await tokens.command(bearer('old-token'));
    expect(JSON.parse(Buffer.from(challenge.lines[0]!, 'base64').toString())).toMatchObject({ scope: 'mail.send' });
    expect(await tokens.command(base64('\x01'))).toMatchObject({ code: 535 });
    expect(await tokens.command(bearer('good-token'))).toMatchObject({ code: 235 });

    const { options } = await run<{ options: ListenerOptions }>('engine-certificates');
    const certificates = await talk({ auth: () => true }, options);
    await certificates.startTls();
    await expect(certificates.ehlo()).rejects.toThrow(/closed the connection/); // a client without one
    expect(await run('engine-secret')).toMatchObject({ iterations: 10_000, salt: expect.anything() });
  });

  test('a name and a password, and the test of it', async () => {
    const { module, client: first, reply } = await declared('password');
    running = module as TestingModule;
    clients.push(first as DialogueClient);
    Logger.overrideLogger(log);
    expect(reply).toMatchObject({ code: 235, enhanced: '2.7.0' });
    const client = await connectSecurely();
    expect((await client.authPlain('alice', 'wrong')).raw).toEqual(['535 5.7.8 Authentication credentials invalid']);
    expect(await client.authPlain('broken@example.com', 'x')).toMatchObject({ code: 454, enhanced: '4.7.0' });
    expect(log.find(/database is down/)).toMatch(/^error 454/);
  });

  test('what is offered', async () => {
    await start('offered', [await loginController()]);
    const client = await connect();
    await client.ehlo();
    await client.startTls();
    expect(offer(await client.ehlo())).toBe('AUTH PLAIN');
    expect(await client.command('AUTH LOGIN')).toMatchObject({ code: 504 });
  });

  test('credentials that are validated', async () => {
    await start('validated');
    const client = await connectSecurely();
    expect(await client.authPlain('alice', 'secret')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(log.find(/StaffLogin refuses/)).toMatch(/username: isEmail/);
    expect(await client.authPlain('alice@example.com', 'secret')).toMatchObject({ code: 235 });
  });

  async function cramMd5(client: DialogueClient, password: string): Promise<ReceivedReply> {
    const { lines } = await client.command('AUTH CRAM-MD5');
    const digest = createHmac('md5', password).update(Buffer.from(lines[0]!, 'base64')).digest('hex');
    return client.command(base64(`alice@example.com ${digest}`));
  }

  test('CRAM-MD5', async () => {
    await start('cram-md5');
    const client = await connectSecurely();
    expect(await cramMd5(client, 'wrong')).toMatchObject({ code: 535 });
    expect(await cramMd5(client, 'secret')).toMatchObject({ code: 235 });
  });

  const bearer = (token: string): string => base64(`user=alice@example.com\x01auth=Bearer ${token}\x01\x01`);

  test('XOAUTH2', async () => {
    await start('xoauth2');
    const client = await connectSecurely();
    const challenge = await client.command(`AUTH XOAUTH2 ${bearer('bad-token')}`);
    expect(challenge).toMatchObject({ code: 334 });
    expect(JSON.parse(Buffer.from(challenge.lines[0]!, 'base64').toString())).toMatchObject({ schemes: 'bearer' });
    expect(await client.command('')).toMatchObject({ code: 535 });
    expect(await client.command(`AUTH XOAUTH2 ${bearer('good-token')}`)).toMatchObject({ code: 235 });
  });

  test('one method for all', async () => {
    await start('by-method');
    const logins: ((client: DialogueClient) => Promise<ReceivedReply>)[] = [
      (client) => client.authPlain('alice', 'secret'),
      (client) => cramMd5(client, 'secret'),
      (client) => client.command(`AUTH XOAUTH2 ${bearer('good-token')}`),
    ];
    for (const login of logins) expect(await login(await connectSecurely())).toMatchObject({ code: 235 });
    const client = await connectSecurely();
    expect(await cramMd5(client, 'wrong')).toMatchObject({ code: 535 });
    expect(offer(await client.ehlo())).toBe('AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2');
  });

  test('XCLIENT, from the proxy that is listed and from nobody else', async () => {
    await start('xclient', [await loginController()]);
    const proxy = await connect({ remoteAddress: '10.0.0.5' });
    await proxy.ehlo();
    expect(await proxy.command('XCLIENT LOGIN=alice@example.com')).toMatchObject({ code: 220 });
    await proxy.ehlo();
    expect(await proxy.command('MAIL FROM:<alice@example.com>')).toMatchObject({ code: 250 });
    const other = await connect({ remoteAddress: '10.0.0.6' });
    await other.ehlo();
    expect((await other.command('XCLIENT LOGIN=alice@example.com')).code).toBe(550);
  });

  test('TLS before AUTH, and who is exempt', async () => {
    await start('tls', [await loginController()]);
    const client = await connect();
    const hello = await client.ehlo();
    expect(hello.lines).toContain('STARTTLS');
    expect(offer(hello)).toBeUndefined();
    expect(await client.authPlain('alice', 'secret')).toMatchObject({ code: 538, enhanced: '5.7.11' });
    await stop();

    await start('tls-exempt', [await loginController()]);
    const office = await connect({ remoteAddress: '10.1.2.3' });
    expect(offer(await office.ehlo())).toBe('AUTH PLAIN LOGIN');
    expect(await office.authPlain('alice', 'secret')).toMatchObject({ code: 235 });
    const elsewhere = await connect({ remoteAddress: '192.0.2.1' });
    await elsewhere.ehlo();
    expect(await elsewhere.authPlain('alice', 'secret')).toMatchObject({ code: 538 });
  });

  test('mail without login', async () => {
    await start('optional', [await loginController()]);
    const client = await connect();
    await client.ehlo();
    expect(await client.send({ ...MAIL, to: ['nobody@elsewhere.example'] })).toMatchObject({ code: 550 });
    await client.command('RSET');
    expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 250 });
    expect(await client.command('RCPT TO:<bob@example.com>')).toMatchObject({ code: 250 });
  });

  test('commands before login', async () => {
    await start('limit', [await loginController()]);
    const client = await connect();
    for (let n = 0; n < 5; n++) expect((await client.ehlo()).code).toBe(250);
    expect(await client.ehlo()).toMatchObject({ code: 421, enhanced: '4.7.0' });
  });

  test('who has logged in', async () => {
    await start('user');
    const client = await connectSecurely();
    await client.authPlain('alice@example.com', 'x');
    expect((await client.send(MAIL)).raw).toEqual(['250 2.6.0 user 123 has 1000000 octets left']);
  });

  test('your own words', async () => {
    await start('words');
    const client = await connectSecurely();
    expect((await client.command('MAIL FROM:<a@example.com>')).raw).toEqual([
      '530 5.7.0 Please log in before sending mail',
    ]);
    expect((await client.authPlain('former', 'x')).raw).toEqual(['535 5.7.8 This account is closed']);
    expect((await client.authPlain('alice', 'x')).raw).toEqual(['535 5.7.8 Invalid username or password']);
  });

  test('no example is left out here', () => {
    expect([...used].sort()).toEqual([...readGuidePage(PAGE).examples.keys()].sort());
  });
});
