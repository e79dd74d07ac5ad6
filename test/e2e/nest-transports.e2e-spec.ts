import { type ExecutionContext, Controller, Get, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  connectSmtp,
  getSmtpTransportToken,
  InjectSmtpTransport,
  MessageStream,
  PasswordAuth,
  SmtpAuth,
  SmtpConnect,
  SmtpContext,
  SmtpCounterStore,
  SmtpData,
  SmtpHealthIndicator,
  SmtpMessage,
  SmtpMetrics,
  smtpMicroservice,
  SmtpModule,
  type SmtpModuleExtras,
  type SmtpModuleOptions,
  SmtpObservabilityModule,
  SmtpTransport,
  UseSmtpTransport,
} from 'nestjs-smtp';
import { connectTestClient, DialogueClient, withoutPorts } from 'nestjs-smtp/testing';
import { connect } from 'node:net';
import { LogBook, portOf } from '../support/nest-smtp.js';

/** Notes in which order things happen. */
@Injectable()
class Diary implements OnModuleDestroy {
  readonly entries: string[] = [];

  onModuleDestroy(): void {
    this.entries.push('destroyed');
  }
}

@Controller()
class OutboundController {
  @SmtpAuth('PLAIN')
  login({ username }: PasswordAuth) {
    return username;
  }

  @SmtpData()
  send(@SmtpMessage() message: MessageStream) {
    message.discard();
    return 'sent out';
  }
}

@Controller()
@UseSmtpTransport('inbound')
class InboundController {
  constructor(private readonly diary: Diary) {}

  @SmtpData('*@example.com')
  async receive(@SmtpMessage() message: MessageStream) {
    this.diary.entries.push('begins');
    for await (const chunk of message) void chunk;
    this.diary.entries.push('ends');
    return 'came in';
  }
}

@Controller()
class BothController {
  constructor(private readonly diary: Diary) {}

  @SmtpConnect({ transport: ['default', 'inbound'] })
  connect(_session: unknown, { listener }: SmtpContext) {
    this.diary.entries.push(`connect ${listener}`);
  }
}

@Injectable()
class Ports {
  constructor(
    readonly outbound: SmtpTransport,
    @InjectSmtpTransport('inbound') readonly inbound: SmtpTransport,
  ) {}
}

@Controller()
class HealthController {
  @Get()
  home() {
    return 'hello';
  }
}

const inboundOptions = { transport: 'inbound', role: 'mx', port: 0, name: 'in.example.com' } as const;
type Options = SmtpModuleOptions & SmtpModuleExtras;

function appModule(outbound: Options = {}, inbound: Options = {}) {
  @Module({
    imports: [
      SmtpModule.forRoot({ port: 0, name: 'out.example.com', ...outbound }),
      SmtpModule.forRoot({ ...inboundOptions, ...inbound }),
      SmtpObservabilityModule.forRoot(),
    ],
    controllers: [OutboundController, InboundController, BothController, HealthController],
    providers: [Diary, Ports],
  })
  class AppModule {}
  return AppModule;
}

const quiet = { logger: false } as const;
const mail = { from: 'a@example.com', to: ['b@example.com'], data: 'Subject: hi\r\n\r\nhello' };

async function dial(transport: SmtpTransport): Promise<DialogueClient> {
  const client = new DialogueClient(connect({ host: '127.0.0.1', port: portOf(transport) }));
  await client.reply();
  return client;
}

async function expectBothWork(outbound: DialogueClient, inbound: DialogueClient): Promise<void> {
  expect((await outbound.ehlo()).raw[0]).toContain('out.example.com');
  await outbound.startTls();
  await outbound.ehlo();
  expect(await outbound.authPlain('ann', 'x')).toMatchObject({ code: 235 });
  expect(await outbound.send(mail)).toMatchObject({ raw: [expect.stringContaining('sent out')] });
  await outbound.quit();

  const hello = await inbound.ehlo();
  expect(hello.raw.join()).toContain('in.example.com');
  expect(hello.raw.join()).not.toContain('AUTH');
  expect(await inbound.send(mail)).toMatchObject({ raw: [expect.stringContaining('came in')] });
  expect(await inbound.send({ ...mail, to: ['b@example.org'] })).toMatchObject({ code: 550 });
  await inbound.quit();
}

async function problemOf(module: new () => unknown): Promise<string> {
  const compiled = await Test.createTestingModule({ imports: [module] })
    .setLogger(new LogBook())
    .compile();
  const error = await compiled.init().then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  await compiled.close();
  return error.message;
}

describe('two transports in one application', () => {
  test('each has its own ports, options and handlers; both are open when the application is up', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    await app.listen(0, '127.0.0.1');
    const { outbound, inbound } = app.get(Ports);
    expect(outbound).not.toBe(inbound);
    expect([outbound.name, inbound.name]).toEqual(['default', 'inbound']);
    expect(app.get(SmtpTransport)).toBe(outbound);
    expect(app.get(getSmtpTransportToken('inbound'))).toBe(inbound);
    await expectBothWork(await dial(outbound), await dial(inbound));
    expect(app.get(Diary).entries).toEqual(['connect default', 'connect inbound', 'begins', 'ends']);
    expect(await (await fetch(await app.getUrl())).text()).toBe('hello');
    await app.close();
  });

  test('in memory, without ports', async () => {
    const module = await withoutPorts(Test.createTestingModule({ imports: [appModule()] })).compile();
    await expectBothWork(await connectTestClient(module), await connectTestClient(module, { transport: 'inbound' }));
    await module.close();
  });

  test('forRootAsync() has the name beside the factory; the order of the imports does not matter', async () => {
    @Module({
      imports: [
        SmtpModule.forRootAsync({
          transport: 'inbound',
          useFactory: () => ({ ...inboundOptions, transport: undefined }),
        }),
        SmtpModule.forRootAsync({ useFactory: async () => ({ port: 0, name: 'out.example.com' }) }),
      ],
      controllers: [OutboundController, InboundController, BothController],
      providers: [Diary, Ports],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(new LogBook())
      .compile();
    await module.init();
    const { outbound, inbound } = module.get(Ports);
    expect(module.get(SmtpTransport)).toBe(outbound);
    await expectBothWork(await dial(outbound), await dial(inbound));
    await module.close();
  });

  test('both drain before the providers go, at the same time', async () => {
    const app = await NestFactory.createApplicationContext(appModule(), quiet);
    const { outbound, inbound } = app.get(Ports);
    const idle = await dial(outbound);
    const sender = await dial(inbound);
    await sender.ehlo();
    await sender.command('MAIL FROM:<a@example.com>');
    await sender.command('RCPT TO:<b@example.com>');
    await sender.command('DATA');
    const closed = app.close();
    // The idle client of one is sent away while the other still waits for its message.
    expect(await idle.reply()).toMatchObject({ code: 421 });
    expect(app.get(Diary).entries).not.toContain('destroyed');
    expect(await sender.command('hello\r\n.')).toMatchObject({ code: 250 });
    await closed;
    expect(app.get(Diary).entries.slice(-3)).toEqual(['begins', 'ends', 'destroyed']);
    expect([...outbound.addresses(), ...inbound.addresses()]).toEqual([]);
  });

  test('a global guard runs for each', async () => {
    @Module({
      imports: [appModule()],
      providers: [
        {
          provide: APP_GUARD,
          useValue: { canActivate: (context: ExecutionContext) => SmtpContext.of(context).stage !== 'data' },
        },
      ],
    })
    class Guarded {}
    const module = await withoutPorts(Test.createTestingModule({ imports: [Guarded] })).compile();
    const client = await connectTestClient(module, { transport: 'inbound' });
    await client.ehlo();
    expect(await client.send(mail)).toMatchObject({ code: 554 });
    await client.quit();
    await module.close();
  });

  test('health is that of all, or of one; metrics tell them apart by listener', async () => {
    const app = await NestFactory.createApplicationContext(appModule(), quiet);
    const { outbound, inbound } = app.get(Ports);
    const health = app.get(SmtpHealthIndicator);
    expect(health.isHealthy('smtp')).toMatchObject({ smtp: { status: 'up', listeners: ['default', 'inbound'] } });
    const clients = [await dial(outbound), await dial(inbound), await dial(inbound)];
    expect(health.isHealthy('in', { transport: 'inbound' })).toMatchObject({ in: { status: 'up', connections: 2 } });
    const connections = app
      .get(SmtpMetrics)
      .collect()
      .find(({ name }) => name === 'smtp_connections_open');
    expect(connections?.samples).toEqual([
      { labels: { listener: 'default' }, value: 1 },
      { labels: { listener: 'inbound' }, value: 2 },
    ]);
    for (const client of clients) await client.quit();
    await inbound.close();
    expect(health.isHealthy('smtp').smtp.status).toBe('down');
    expect(health.isHealthy('out', { transport: 'default' }).out.status).toBe('up');
    expect(() => health.isHealthy('x', { transport: 'nowhere' })).toThrow(/no SMTP transport 'nowhere'/);
    await app.close();
  });

  test('a host opens the ports of the one it connects; the other opens by itself', async () => {
    const app = await NestFactory.create(appModule(), quiet);
    connectSmtp(app, { transport: 'inbound' });
    await app.init();
    const { outbound, inbound } = app.get(Ports);
    expect([outbound.addresses().length, inbound.addresses().length]).toEqual([1, 0]);
    await app.startAllMicroservices();
    await expectBothWork(await dial(outbound), await dial(inbound));
    await app.close();

    const pure = await NestFactory.createMicroservice(appModule(), { ...smtpMicroservice(), ...quiet });
    await pure.listen();
    await expectBothWork(await dial(pure.get(Ports).outbound), await dial(pure.get(Ports).inbound));
    await pure.close();
  });

  test('where a port of one cannot be opened, none of the other stays open', async () => {
    const taken = await NestFactory.createApplicationContext(appModule(), quiet);
    const port = portOf(taken.get(Ports).inbound);
    const app = await NestFactory.create(appModule({}, { port, host: '127.0.0.1' }), { ...quiet, abortOnError: false });
    await expect(app.init()).rejects.toThrow(/EADDRINUSE/);
    expect(app.get(Ports).outbound.addresses()).toEqual([]);
    await taken.close();
  });

  test('two applications in one process do not see each other', async () => {
    const one = await NestFactory.createApplicationContext(appModule(), quiet);
    const two = await NestFactory.createApplicationContext(appModule(), quiet);
    await one.close();
    await expectBothWork(await dial(two.get(Ports).outbound), await dial(two.get(Ports).inbound));
    expect(one.get(Diary).entries).toEqual(['destroyed']);
    await two.close();
  });
});

describe('what cannot be, at boot', () => {
  test('two of the same name', async () => {
    @Module({
      imports: [SmtpModule.forRoot({ port: 0 }), SmtpModule.forRoot({ port: 0, transport: 'default' })],
      controllers: [OutboundController],
    })
    class AppModule {}
    expect(await problemOf(AppModule)).toMatch(
      /imported more than once; import it once, with listeners: .* transport: 'inbound' \(two are called 'default'\)/,
    );
  });

  test('what is wrong with either, together', async () => {
    const problem = await problemOf(appModule({ size: -1 }, { size: -2 }));
    expect(problem).toContain("listener 'default': size is -1");
    expect(problem).toContain("listener 'inbound': size is -2");
  });

  test('listeners of one id, two stores', async () => {
    class OtherStore extends SmtpCounterStore {
      add = () => Promise.resolve({ count: 0, resetMs: 0 });
    }
    const listeners = [{ id: 'a', port: 0 }];
    const problem = await problemOf(
      appModule({ listeners }, { listeners: [{ ...listeners[0]!, role: 'mx' }], counterStore: OtherStore }),
    );
    expect(problem).toContain("two transports have a listener 'a'");
    expect(problem).toContain('counterStore is given at two transports');
  });

  test('a handler of a transport that is not there, a transport without handlers', async () => {
    @Controller()
    class Lost {
      @SmtpData({ transport: 'inbuond' })
      lost(@SmtpMessage() message: MessageStream) {
        message.discard();
      }
    }
    @Module({
      imports: [SmtpModule.forRoot({ port: 0 }), SmtpModule.forRoot(inboundOptions)],
      controllers: [OutboundController, Lost],
    })
    class AppModule {}
    const problem = await problemOf(AppModule);
    expect(problem).toContain(
      "Lost.lost: @SmtpData({ transport: 'inbuond' }) is for transport 'inbuond', which no SmtpModule.forRoot() has; there are 'default', 'inbound'",
    );
    expect(problem).toContain("no controller handles anything: put @SmtpData({ transport: 'inbound' })");
  });

  test('two handlers of the same, one bound by its class and one by itself', async () => {
    @Controller()
    class Second {
      @SmtpData('*@example.com', { transport: 'inbound' })
      again(@SmtpMessage() message: MessageStream) {
        message.discard();
      }
    }
    @Module({ imports: [appModule()], controllers: [Second] })
    class AppModule {}
    expect(await problemOf(AppModule)).toMatch(/is on Second\.again and on InboundController\.receive; keep one/);
  });
});
