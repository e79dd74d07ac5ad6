import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import {
  type BeforeApplicationShutdown,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplicationContext,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  type AsyncMicroserviceOptions,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  connectSmtp,
  MessageStream,
  PasswordAuth,
  selfSignedCertificate,
  Session,
  SmtpAuth,
  SmtpContext,
  SmtpData,
  SmtpMessage,
  smtpMicroservice,
  SmtpModule,
  type SmtpModuleOptions,
  SmtpTransport,
} from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { portOf, running } from '../support/nest-smtp.js';

/** Notes in which order things happen. */
@Injectable()
class Diary {
  readonly entries: string[] = [];
}

@Injectable()
class Inbox implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly diary: Diary,
    private readonly transport: SmtpTransport,
  ) {}

  onModuleInit(): void {
    this.note('init');
  }

  onApplicationBootstrap(): void {
    this.note('bootstrap');
  }

  onModuleDestroy(): void {
    this.note('destroy');
  }

  beforeApplicationShutdown(): void {
    this.note('shutdown');
  }

  private note(what: string): void {
    this.diary.entries.push(`inbox ${what}, ports ${this.transport.addresses().length}`);
  }
}

@Controller()
class MailController {
  constructor(private readonly diary: Diary) {}

  @SmtpAuth('PLAIN')
  login({ username }: PasswordAuth) {
    return username;
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream) {
    this.diary.entries.push('message begins');
    for await (const chunk of message) void chunk;
    this.diary.entries.push('message ends');
  }
}

@Module({ controllers: [MailController], providers: [Diary, Inbox], exports: [Diary] })
class MailModule {}

@Controller()
class WebController {
  @Get()
  home() {
    return 'hello';
  }

  @MessagePattern('sum')
  sum() {
    return 3;
  }
}

class OnlyAnn implements CanActivate {
  canActivate(context: ExecutionContext) {
    if (context.getType() !== 'rpc') return true;
    const host: unknown = context.switchToRpc().getContext();
    return !(host instanceof SmtpContext) || host.credentials?.username !== 'eve';
  }
}

/** Provided by the root module, so it is destroyed before anything else. */
@Injectable()
class Queue implements OnModuleDestroy {
  constructor(private readonly diary: Diary) {}

  onModuleDestroy(): void {
    this.diary.entries.push('queue destroy');
  }
}

function appModule(options: SmtpModuleOptions = {}) {
  @Module({
    imports: [MailModule, SmtpModule.forRoot({ port: 0, ...options })],
    controllers: [WebController],
    providers: [{ provide: APP_GUARD, useClass: OnlyAnn }, Queue],
  })
  class AppModule implements OnApplicationBootstrap, OnModuleDestroy {
    constructor(
      private readonly diary: Diary,
      private readonly transport: SmtpTransport,
    ) {}

    async onApplicationBootstrap(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 10));
      this.diary.entries.push(`root bootstrap, ports ${this.transport.addresses().length}`);
    }

    onModuleDestroy(): void {
      this.diary.entries.push(`root destroy, ports ${this.transport.addresses().length}`);
    }
  }
  return AppModule;
}

/** Logs in as two people; the global guard lets one of them in. */
async function expectGuarded(app: INestApplicationContext): Promise<void> {
  const client = await running(app).connectSecurely();
  expect(await client.authPlain('eve', 'x')).toMatchObject({ code: 535 });
  expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 235 });
  await client.quit();
}

const quiet = { logger: false } as const;

describe('the module attaches itself', () => {
  test('to an HTTP application: the ports open after the last bootstrap hook, and both protocols work', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    await app.listen(0, '127.0.0.1');
    expect(app.get(Diary).entries).toEqual([
      'inbox init, ports 0',
      'inbox bootstrap, ports 0',
      'root bootstrap, ports 0',
    ]);
    await expectGuarded(app);
    expect(await (await fetch(await app.getUrl())).text()).toBe('hello');
    const missing = await fetch(`${await app.getUrl()}/missing`);
    expect(await missing.json()).toMatchObject({ statusCode: 404 }); // our filter is for SMTP only
    await app.close();
    expect(app.get(Diary).entries.slice(3)).toEqual([
      'queue destroy',
      'root destroy, ports 0',
      'inbox destroy, ports 0',
      'inbox shutdown, ports 0',
    ]);
  });

  test('to an application context', async () => {
    const app = await NestFactory.createApplicationContext(appModule(), quiet);
    await expectGuarded(app);
    await app.close();
  });

  test('to a module under test, with and without an HTTP application', async () => {
    const builder = () => Test.createTestingModule({ imports: [appModule()] }).setLogger(false as never);
    const module = await builder().compile();
    await module.init();
    await expectGuarded(module);
    await module.close();

    const app = (await builder().compile()).createNestApplication();
    await app.init();
    await expectGuarded(app);
    await app.close();
  });

  test('to an application whose microservice is another one', async () => {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(appModule(), {
      ...quiet,
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
    });
    await app.listen();
    await expectGuarded(app);
    await app.close();
  });

  test('as the root module itself', async () => {
    @Module({ controllers: [MailController], providers: [Diary] })
    class Handlers {}
    const root = SmtpModule.forRoot({ port: 0, imports: [Handlers] });
    const app = await NestFactory.createApplicationContext(root, quiet);
    expect(app.get(SmtpTransport).addresses()).toHaveLength(1);
    await app.close();
  });

  test('a boot error rejects the start', async () => {
    const start = async () => {
      const app = await NestFactory.create(appModule({ size: -1 }), { ...quiet, abortOnError: false });
      await app.init();
    };
    await expect(start()).rejects.toThrow(/SMTP cannot start:\n {2}- listener 'default': size is -1/);
  });
});

describe('a host application that wants to open the ports itself', () => {
  test('SMTP only: the ports open with listen(), which may be called again', async () => {
    const app = await NestFactory.createMicroservice(appModule(), { ...smtpMicroservice(), ...quiet });
    await app.init();
    const transport = app.get(SmtpTransport);
    expect(transport.addresses()).toEqual([]);
    await app.listen();
    const port = portOf(transport);
    await app.listen();
    expect(portOf(transport)).toBe(port);
    await expectGuarded(app);
    await app.close();
    expect(transport.addresses()).toEqual([]);
    await transport.close();
  });

  test('SMTP only: listen() rejects for what is wrong', async () => {
    const app = await NestFactory.createMicroservice(appModule({ size: -1 }), { ...smtpMicroservice(), ...quiet });
    await expect(app.listen()).rejects.toThrow(/size is -1/);
    await app.close();
  });

  test('connectSmtp(app): with startAllMicroservices(), and the global guard runs', async () => {
    const app = await NestFactory.create(appModule({ autoListen: false }), quiet);
    expect(connectSmtp(app).unwrap).toBeInstanceOf(Function);
    await app.init();
    expect(app.get(SmtpTransport).addresses()).toEqual([]);
    await app.startAllMicroservices();
    await expectGuarded(app);
    await app.close();
  });

  test('global enhancers that come after connectSmtp(app) run as well', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    connectSmtp(app);
    app.useGlobalGuards({
      canActivate: (context) => context.switchToRpc().getContext<SmtpContext>().credentials?.username !== 'ann',
    });
    await app.init();
    await app.startAllMicroservices();
    const client = await running(app).connectSecurely();
    expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 535 });
    expect(await client.authPlain('bob', 'x')).toMatchObject({ code: 235 });
    await client.quit();
    await app.close();
  });

  test('started before the application is up, the ports still wait for the last bootstrap hook', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    connectSmtp(app);
    await app.startAllMicroservices();
    expect(app.get(Diary).entries).toEqual([]);
    expect(app.get(SmtpTransport).addresses()).toEqual([]);
    await app.init();
    expect(app.get(Diary).entries.at(-1)).toBe('root bootstrap, ports 0');
    await expectGuarded(app);
    await app.close();
  });

  test('a host that forgets inheritAppConfig, or defers its initialisation, loses neither guard nor order', async () => {
    for (const hybrid of [{}, { deferInitialization: true }]) {
      const app = await NestFactory.create(appModule(), quiet);
      const options: AsyncMicroserviceOptions = {
        inject: [SmtpTransport],
        useFactory: (strategy: SmtpTransport) => ({ strategy }),
      };
      app.connectMicroservice<AsyncMicroserviceOptions>(options, hybrid);
      await app.init();
      await app.startAllMicroservices();
      await expectGuarded(app);
      expect(app.get(SmtpTransport).addresses()).toHaveLength(1);
      await app.close();
    }
  });

  test('autoListen: false and nobody who connects it: no port, but connections can be brought', async () => {
    const app = await NestFactory.createApplicationContext(appModule({ autoListen: false }), quiet);
    expect(app.get(SmtpTransport).addresses()).toEqual([]);
    expect(app.get(SmtpTransport).connections()).toEqual([]);
    await app.close();
  });
});

describe('shutdown', () => {
  /** A client in the middle of a message. */
  async function sending(app: INestApplicationContext): Promise<DialogueClient> {
    const client = await running(app).connectSecurely();
    await client.authPlain('ann', 'x');
    await client.send({ from: 'ann@example.com', to: ['bob@example.com'], data: 'first' });
    for (const line of ['MAIL FROM:<ann@example.com>', 'RCPT TO:<bob@example.com>', 'DATA']) await client.command(line);
    client.write('a line\r\n');
    return client;
  }

  const microservice = async (): Promise<INestApplicationContext> => {
    const app = await NestFactory.createMicroservice(appModule(), { ...smtpMicroservice(), ...quiet });
    await app.listen();
    return app;
  };
  const close = (app: INestApplicationContext): Promise<void> => app.close();
  /** What Nest does when a signal comes, short of ending the process. */
  const signal = (app: INestApplicationContext): Promise<void> =>
    (app as unknown as { shutdown(signal: string): Promise<void> }).shutdown('SIGTERM');

  const kinds: [string, () => Promise<INestApplicationContext>, typeof close][] = [
    ['HTTP application, close()', async () => (await NestFactory.create(appModule(), quiet)).init(), close],
    ['HTTP application, signal', async () => (await NestFactory.create(appModule(), quiet)).init(), signal],
    ['SMTP only, close()', microservice, close],
    ['SMTP only, signal', microservice, signal],
    ['application context, close()', () => NestFactory.createApplicationContext(appModule(), quiet), close],
  ];

  test.each(kinds)(
    '%s: a message that is coming in is taken before anything is destroyed',
    async (_name, start, end) => {
      const app = await start();
      const busy = await sending(app);
      const idle = await running(app).connect();
      const port = portOf(app.get(SmtpTransport));
      const { entries } = app.get(Diary);
      entries.length = 0;

      const closed = end(app);
      expect(await idle.reply()).toMatchObject({ code: 421, enhanced: '4.3.2' });
      await expect(
        new Promise((resolve, reject) => connect(port, '127.0.0.1').once('connect', resolve).once('error', reject)),
      ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(entries).toEqual([]);
      expect(await busy.command('the end\r\n.')).toMatchObject({ code: 250 });
      expect(await busy.reply()).toMatchObject({ code: 421 });
      await closed;
      expect(entries).toEqual([
        'message ends',
        'queue destroy',
        'root destroy, ports 0',
        'inbox destroy, ports 0',
        'inbox shutdown, ports 0',
      ]);
      expect(app.get(SmtpTransport).connections()).toEqual([]);
    },
  );
});

describe('SmtpTransport', () => {
  test('status, events, unwrap, connections, accept and a new certificate', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    const transport = app.get(SmtpTransport);
    const statuses: string[] = [];
    const events: unknown[] = [];
    transport.status.subscribe((status) => statuses.push(status));
    transport
      .on('listening', (addresses) => events.push(['listening', addresses.length]))
      .on('close', () => events.push(['close']));
    expect(() => transport.unwrap()).toThrow(/await app\.init\(\) first/);
    expect(() => transport.accept(new PassThrough())).toThrow(/await app\.init\(\) first/);
    await app.init();
    expect(transport.unwrap()).toMatchObject({ accept: expect.any(Function) });

    const client = await running(app).connect();
    const [session] = transport.connections();
    expect(session).toBeInstanceOf(Session);
    expect(session).toMatchObject({ listener: 'default', remoteAddress: '127.0.0.1' });
    await client.ehlo();
    transport.updateSecureContext(await selfSignedCertificate(['mail.example.com']));
    expect(() => transport.updateSecureContext({ key: 'x', cert: 'y' })).toThrow();
    expect(await client.startTls()).toMatchObject({ code: 220 });
    await client.ehlo();
    await client.quit();
    await app.close();
    expect(statuses).toEqual(['up', 'down']);
    expect(events).toEqual([['listening', 1], ['close']]);
  });

  test('two applications in one process know nothing of each other', async () => {
    const [one, two] = await Promise.all([
      NestFactory.create(appModule({ name: 'one.example' }), quiet),
      NestFactory.create(appModule({ name: 'two.example' }), quiet),
    ]);
    await Promise.all([one.init(), two.init()]);
    for (const [app, name] of [
      [one, 'one.example'],
      [two, 'two.example'],
    ] as const) {
      const client = await running(app).connect();
      expect((await client.ehlo()).lines[0]).toMatch(name);
      expect(app.get(SmtpTransport).connections()).toHaveLength(1);
      await client.quit();
    }
    await one.close();
    await expectGuarded(two);
    await two.close();
  });
});
