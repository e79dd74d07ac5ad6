import { connect, type Socket } from 'node:net';
import type { INestApplicationContext, LoggerService, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SmtpModule, type SmtpModuleExtras, type SmtpModuleOptions, SmtpTransport } from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { createTransport, type Transporter } from 'nodemailer';

/** Keeps what is logged, one line an entry, its level in front. */
export class LogBook implements LoggerService {
  readonly lines: string[] = [];

  log = this.writer('log');
  error = this.writer('error');
  warn = this.writer('warn');
  debug = this.writer('debug');

  find(pattern: RegExp): string | undefined {
    return this.lines.find((line) => pattern.test(line));
  }

  private writer(level: string): (...parts: unknown[]) => void {
    return (...parts) => void this.lines.push(`${level} ${parts.map(String).join(' ')}`);
  }
}

/** An application with SMTP on a free port of the loopback interface. */
export interface RunningSmtp {
  readonly app: INestApplicationContext;
  readonly transport: SmtpTransport;
  readonly log: LogBook;
  /** A client whose greeting has been read. */
  connect(listener?: string): Promise<DialogueClient>;
  /** The same after EHLO, STARTTLS and EHLO. */
  connectSecurely(listener?: string): Promise<DialogueClient>;
  /** A standard client that insists on TLS. */
  mailer(auth?: Record<string, unknown>): Transporter;
  close(): Promise<void>;
}

export type SmtpSetup = Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> & {
  readonly options?: SmtpModuleOptions & SmtpModuleExtras;
};

/** Compiles a module with SmtpModule in it; nothing is initialised yet. */
export async function compile(setup: SmtpSetup, log = new LogBook()) {
  const smtp = SmtpModule.forRoot({ name: 'mail.example.com', port: 0, ...setup.options });
  const module = await Test.createTestingModule({
    imports: [smtp, ...(setup.imports ?? [])],
    controllers: setup.controllers ?? [],
    providers: setup.providers ?? [],
  })
    .setLogger(log)
    .compile();
  return module;
}

/** Starts an application of one module. */
export async function startSmtp(setup: SmtpSetup): Promise<RunningSmtp> {
  const log = new LogBook();
  const module = await compile(setup, log);
  await module.init();
  return running(module, log);
}

/** What a test needs of an application that is up. */
export function running(app: INestApplicationContext, log = new LogBook()): RunningSmtp {
  const transport = app.get(SmtpTransport);
  const connectTo = async (listener?: string): Promise<DialogueClient> => {
    const client = new DialogueClient(dial(transport, listener));
    const greeting = await client.reply();
    if (greeting.code !== 220) throw new Error(greeting.raw.join('\n'));
    return client;
  };
  return {
    app,
    transport,
    log,
    connect: connectTo,
    async connectSecurely(listener) {
      const client = await connectTo(listener);
      await client.ehlo();
      await client.startTls();
      await client.ehlo();
      return client;
    },
    mailer: (auth) =>
      createTransport({
        host: '127.0.0.1',
        port: portOf(transport),
        requireTLS: true,
        tls: { rejectUnauthorized: false },
        ...(auth === undefined ? {} : { auth }),
      } as object),
    close: () => app.close(),
  };
}

export function portOf(transport: SmtpTransport, listener?: string): number {
  const found = transport.addresses().find(({ id }) => listener === undefined || id === listener);
  if (found === undefined || typeof found.address === 'string') throw new Error('the listener has no open port');
  return found.address.port;
}

function dial(transport: SmtpTransport, listener?: string): Socket {
  return connect({ host: '127.0.0.1', port: portOf(transport, listener) });
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
