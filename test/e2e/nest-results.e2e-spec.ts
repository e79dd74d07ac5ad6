import { Controller, UnauthorizedException } from '@nestjs/common';
import {
  MessageStream,
  Reply,
  type ScramSecret,
  scramSecret,
  Session,
  SmtpAuth,
  SmtpClose,
  SmtpCommand,
  SmtpConnect,
  SmtpData,
  SmtpException,
  SmtpHello,
  SmtpMailFrom,
  SmtpMessage,
  SmtpRcptTo,
  SmtpSecret,
  SmtpSecure,
} from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { connect } from 'node:net';
import { concat, defer, delay, EMPTY, of, throwError } from 'rxjs';
import { ScramClient } from '../support/sasl.js';
import { base64, portOf, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const STAGES = ['connect', 'hello', 'secure', 'secret', 'auth', 'mail', 'rcpt', 'data', 'command'] as const;
type Stage = (typeof STAGES)[number];

/** Ways to say the same. */
const SHAPES: Record<string, (value: unknown) => unknown> = {
  value: (value) => value,
  promise: async (value) => value,
  'late promise': (value) => new Promise((resolve) => setImmediate(resolve, value)),
  Observable: (value) => of(value),
  'late Observable': (value) => of('not yet', value).pipe(delay(1)),
  'Observable of a promise': (value) => defer(async () => value),
  'promise of an Observable': async (value) => of(value),
};

/** An application whose handlers answer what they are told. */
class Script {
  run: Partial<Record<Stage | 'close', () => unknown>> = {};
}

@Controller()
class ScriptedController {
  constructor(private readonly script: Script) {}

  @SmtpConnect()
  connect() {
    return this.script.run.connect?.();
  }

  @SmtpHello()
  hello(session: Session) {
    // STARTTLS needs one EHLO that is taken.
    return session.secure ? this.script.run.hello?.() : undefined;
  }

  @SmtpSecure()
  secure() {
    return this.script.run.secure?.();
  }

  @SmtpSecret()
  secret() {
    return this.script.run.secret?.();
  }

  @SmtpAuth('PLAIN', 'XOAUTH2')
  login() {
    return 'auth' in this.script.run ? this.script.run.auth?.() : true;
  }

  @SmtpMailFrom()
  sender() {
    return this.script.run.mail?.();
  }

  @SmtpRcptTo()
  recipient() {
    return this.script.run.rcpt?.();
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
    return this.script.run.data?.();
  }

  @SmtpCommand('XSTATUS')
  status() {
    return this.script.run.command?.();
  }

  @SmtpClose()
  close() {
    return this.script.run.close?.();
  }
}

const script = new Script();
let smtp: RunningSmtp;
let client: DialogueClient;

beforeAll(async () => {
  smtp = await startSmtp({
    controllers: [ScriptedController],
    providers: [{ provide: Script, useValue: script }],
    options: { maxFailedLogins: false, authFailureDelayMs: false },
  });
});
afterAll(() => smtp.close());
beforeEach(() => {
  script.run = {};
  client = new DialogueClient(connect({ host: '127.0.0.1', port: portOf(smtp.transport) }));
});
afterEach(() => client.destroy());

async function scram(): Promise<string> {
  const peer = new ScramClient({});
  const first = await client.command(`AUTH SCRAM-SHA-256 ${base64(peer.first())}`);
  if (first.code !== 334) return first.raw.join();
  const final = await client.command(base64(peer.final(Buffer.from(first.lines[0]!, 'base64').toString())));
  return final.code === 334 ? (await client.command('')).raw.join() : final.raw.join();
}

/** Talks until the given stage; gives what the client reads there. */
async function replyAt(wanted: Stage): Promise<string> {
  const greeting = (await client.reply()).raw.join();
  if (wanted === 'connect') return greeting;
  await client.ehlo();
  await client.startTls();
  const hello = (await client.ehlo()).raw.join();
  if (wanted === 'hello' || wanted === 'secure') return hello;
  if (wanted === 'command') return (await client.command('XSTATUS')).raw.join();
  if (wanted === 'secret') return scram();
  const login = (await client.authPlain('ann', 'secret')).raw.join();
  if (wanted === 'auth') return login;
  const mail = (await client.command('MAIL FROM:<ann@example.com>')).raw.join();
  if (wanted === 'mail') return mail;
  const rcpt = (await client.command('RCPT TO:<bob@example.com>')).raw.join();
  if (wanted === 'rcpt') return rcpt;
  const { code, raw } = await client.command('DATA');
  return code === 354 ? (await client.command('.')).raw.join() : raw.join();
}

let stored: ScramSecret;
beforeAll(async () => (stored = await scramSecret('pencil', 'SCRAM-SHA-256')));

const TAKEN = /^2\d\d/;
/** What a stage says to a value, in every shape. */
const EXPECTED: Record<Stage, readonly (readonly [value: () => unknown, reply: RegExp])[]> = {
  connect: [
    [() => undefined, /^220 /],
    [() => true, /^220 /],
    [() => null, /^554 /],
    [() => false, /^554 /],
  ],
  hello: [
    [() => undefined, /^250-/],
    [() => true, /^250-/],
    [() => null, /^550 /],
    [() => false, /^550 /],
  ],
  secure: [
    [() => undefined, /^250-/],
    [() => true, /^250-/],
    [() => null, /^554 /],
    [() => false, /^554 /],
  ],
  secret: [
    [() => stored, /^235 /],
    [() => ({ password: 'pencil' }), /^235 /],
    [() => null, /^535 5\.7\.8 /],
    [() => undefined, /^535 5\.7\.8 /],
    [() => false, /^535 5\.7\.8 /],
  ],
  auth: [
    [() => ({ id: 1 }), /^235 /],
    [() => true, /^235 /],
    [() => undefined, /^535 5\.7\.8 /],
    [() => null, /^535 5\.7\.8 /],
    [() => false, /^535 5\.7\.8 /],
  ],
  mail: [
    [() => undefined, /^250 2\.1\.0 Sender OK/],
    [() => true, TAKEN],
    [() => 'so it is', /^250 2\.1\.0 so it is$/],
    [() => new Reply(251, '2.1.0', 'mine'), /^251 2\.1\.0 mine/],
    [() => null, /^550 5\.7\.1 /],
    [() => false, /^550 5\.7\.1 /],
  ],
  rcpt: [
    [() => undefined, /^250 2\.1\.5 /],
    [() => true, TAKEN],
    [() => 'so it is', /^250 2\.1\.5 so it is$/],
    [() => null, /^550 5\.1\.1 /],
    [() => false, /^550 5\.1\.1 /],
  ],
  data: [
    [() => undefined, /^250 2\.6\.0 /],
    [() => true, TAKEN],
    [() => 'so it is', /^250 2\.6\.0 so it is$/],
    [() => null, /^554 5\.7\.1 /],
    [() => false, /^554 5\.7\.1 /],
  ],
  command: [
    [() => undefined, /^250 2\.0\.0 OK$/],
    [() => true, TAKEN],
    [() => 'so it is', /^250 2\.0\.0 so it is$/],
    [() => null, /^550 5\.7\.1 /],
    [() => false, /^550 5\.7\.1 /],
  ],
};

describe.each(STAGES)('%s', (stage) => {
  const rows = Object.keys(SHAPES).flatMap((shape) =>
    EXPECTED[stage].map(([value, reply], index) => [shape, index, value, reply] as const),
  );
  test.each(rows)('%s, row %d', async (shape, _index, value, reply) => {
    script.run = { [stage]: () => SHAPES[shape]!(value()) };
    expect(await replyAt(stage)).toMatch(reply);
  });

  test.each<[string, () => unknown]>([
    ['a rejection', async () => Promise.reject(new SmtpException(451, 'later'))],
    ['an Observable that fails', () => throwError(() => new SmtpException(451, 'later'))],
    [
      'an Observable that fails after a value',
      () =>
        concat(
          of(true),
          throwError(() => new SmtpException(451, 'later')),
        ),
    ],
  ])('%s', async (_name, action) => {
    script.run = { [stage]: action };
    expect(await replyAt(stage)).toMatch(/^4\d\d (\d\.\d\.\d )?later/);
  });

  test('an Observable without a value is nothing', async () => {
    script.run = { [stage]: () => EMPTY };
    expect(await replyAt(stage)).toMatch(stage === 'auth' || stage === 'secret' ? /^535 / : TAKEN);
  });
});

test('close: an Observable is subscribed to, and what it fails with is logged', async () => {
  script.run = { close: () => throwError(() => new Error('statistics are down')) };
  await client.reply();
  await client.quit();
  while (smtp.log.find(/statistics are down/) === undefined) await new Promise((resolve) => setImmediate(resolve));
});

test.each<[string, () => unknown]>([
  ['null', () => null],
  ['false', async () => false],
  ['401', () => throwError(() => new UnauthorizedException())],
])('XOAUTH2: %s sends the standard challenge, then 535', async (_name, action) => {
  script.run = { auth: action };
  await client.reply();
  await client.ehlo();
  await client.startTls();
  await client.ehlo();
  const challenge = await client.command(`AUTH XOAUTH2 ${base64('user=ann\x01auth=Bearer x\x01\x01')}`);
  expect(challenge.code).toBe(334);
  expect(JSON.parse(Buffer.from(challenge.lines[0]!, 'base64').toString())).toMatchObject({
    status: expect.any(String),
  });
  expect(await client.command('')).toMatchObject({ code: 535, enhanced: '5.7.8' });
});
