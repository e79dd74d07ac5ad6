import { Controller } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import {
  type Envelope,
  type LazyMessage,
  type MessageStream,
  SmtpContext,
  SmtpData,
  SmtpEnvelope,
  SmtpException,
  SmtpHeader,
  SmtpMessage,
  SmtpMetrics,
  SmtpObservabilityModule,
  SmtpParam,
  SmtpParsed,
  SmtpThrottle,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';
import { RecordingTelemetry } from '../support/recording-telemetry.js';

const windowMs = 60_000;
const LINE = `${'y'.repeat(76)}\r\n`;
const seen: Record<string, unknown> = {};

@Controller()
class FeaturesController {
  @SmtpData('header@example.com')
  async header(@SmtpHeader('subject') subject: string | undefined, @SmtpMessage() message: MessageStream) {
    let text = '';
    for await (const piece of message) text += (piece as Buffer).toString();
    seen['header'] = [subject, text.length, text.slice(0, 8), message.byteLength];
  }

  @SmtpData('parsed@example.com')
  async parsed(@SmtpHeader('x-tag') tag: string | undefined, @SmtpParsed() mail: LazyMessage) {
    const { subject, text } = await mail.parsed();
    seen['parsed'] = [tag, subject, text?.length];
  }

  @SmtpData('picky@example.com')
  picky(@SmtpHeader('subject') subject: string | undefined, @SmtpMessage() message: MessageStream) {
    if (subject === 'spam') throw new SmtpException(554, 'No spam');
    message.discard();
  }

  @SmtpData('unparsed@example.com')
  unparsed(@SmtpParsed() mail: LazyMessage) {
    mail.discard();
  }

  @SmtpThrottle({ by: 'sender', limit: 2, windowMs }, { by: 'recipient', limit: 3, windowMs })
  @SmtpData('desk-:name@example.com')
  async desk(
    @SmtpParam('name') name: string,
    @SmtpMessage() message: MessageStream,
    @SmtpEnvelope() { rcptTo }: Envelope,
  ) {
    await message.toArray();
    trace.getTracer('app').startSpan(`query ${name}`).end();
    seen[name] = rcptTo.map(({ address }) => address);
  }

  @SmtpThrottle({ by: 'recipient', limit: 1, windowMs })
  @SmtpData('*@once.example.com')
  once(message: MessageStream, { params }: SmtpContext) {
    seen['once'] = { ...params };
    message.discard();
  }

  @SmtpData('broken@example.com')
  async broken(message: MessageStream) {
    await message.toArray();
    throw new Error('disk is full');
  }

  @SmtpData('postmaster@*')
  postmaster(message: MessageStream) {
    message.discard();
  }
}

const telemetry = new RecordingTelemetry();
let smtp: RunningSmtp;
let client: DialogueClient;

beforeAll(() => telemetry.install());
afterAll(() => telemetry.remove());
beforeEach(async () => {
  for (const name of Object.keys(seen)) delete seen[name];
  telemetry.spans.length = 0;
  smtp = await startSmtp({
    controllers: [FeaturesController],
    imports: [SmtpObservabilityModule.forRoot({ tracing: true })],
    options: {
      port: undefined as never,
      multipleRoutes: 'tee',
      listeners: [
        { id: 'mx', role: 'mx', port: 0 },
        { id: 'lmtp', role: 'lmtp', port: 0 },
      ],
    },
  });
  client = await smtp.connect('mx');
  await client.ehlo();
});
afterEach(async () => {
  client.destroy();
  await smtp.close();
});

async function send(addresses: readonly string[], text: string, from = 'ann@example.org', dialogue = client) {
  await dialogue.command(`MAIL FROM:<${from}>`);
  for (const address of addresses) {
    expect(await dialogue.command(`RCPT TO:<${address}>`)).toMatchObject({ code: 250 });
  }
  const asked = await dialogue.command('DATA');
  if (asked.code !== 354) return asked.raw.join();
  dialogue.write(`${text}.\r\n`);
  return (await dialogue.reply()).raw.join();
}

describe('@SmtpHeader() and @SmtpParsed()', () => {
  test.each([
    ['a small message', 1],
    ['a large one', 5000],
  ])('each branch reads for itself: %s', async (_name, lines) => {
    const text = `Subject: hi\r\nX-Tag: a\r\n\r\n${LINE.repeat(lines)}`;
    expect(await send(['header@example.com', 'parsed@example.com', 'unparsed@example.com'], text)).toMatch(/^250/);
    expect(seen).toEqual({
      header: ['hi', text.length, 'Subject:', text.length],
      parsed: ['a', 'hi', 77 * lines],
    });
  });

  test('a header beyond one buffer', async () => {
    const long = `X-Long: ${`${'h'.repeat(900)}\r\n `.repeat(120)}\r\n`;
    const text = `${long}Subject: hi\r\n\r\n${LINE.repeat(5000)}`;
    expect(await send(['header@example.com', 'picky@example.com', 'desk-a@example.com'], text)).toMatch(/^250/);
    expect(seen['header']).toEqual(['hi', text.length, 'X-Long: ', text.length]);
  });

  test('one that refuses by the header fails for itself; the others get all of it', async () => {
    const text = `Subject: spam\r\n\r\n${LINE.repeat(5000)}`;
    expect(await send(['picky@example.com', 'header@example.com'], text)).toMatch(/^554 .*No spam/);
    expect(seen['header']).toEqual(['spam', text.length, 'Subject:', text.length]);
    expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);

    const lmtp = await smtp.connect('lmtp');
    await lmtp.command('LHLO client.example');
    const recipients = ['parsed@example.com', 'picky@example.com', 'header@example.com'];
    expect(await send(recipients, text, 'ann@example.org', lmtp)).toMatch(/^250/);
    expect([(await lmtp.reply()).code, (await lmtp.reply()).code]).toEqual([554, 250]);
    expect(seen['parsed']).toEqual([undefined, 'spam', 77 * 5000]);
    lmtp.destroy();
  });
});

describe('@SmtpThrottle()', () => {
  test('counts for each handler that runs, and each counts its own recipients', async () => {
    expect(await send(['desk-a@example.com', 'desk-b@example.com'], 'x\r\n')).toMatch(/^250/);
    expect(seen).toEqual({ a: ['desk-a@example.com'], b: ['desk-b@example.com'] });
    // The sender has two of two: one for each set of parameters.
    expect(await send(['desk-a@example.com'], 'x\r\n')).toBe('451 4.7.1 Too many requests, try again later');
    // It is not said of another sender; recipients have three each.
    expect(await send(['desk-a@example.com'], 'x\r\n', 'eve@example.org')).toMatch(/^250/);
    expect(await send(['desk-a@example.com', 'desk-b@example.com'], 'x\r\n', 'bob@example.org')).toMatch(/^250/);
    expect(await send(['desk-a@example.com'], 'x\r\n', 'carl@example.org')).toMatch(/^451 4\.7\.1/);
    expect(await send(['desk-b@example.com'], 'x\r\n', 'carl@example.org')).toMatch(/^250/);
  });

  test('SMTP: refuses instead of 354, for all; LMTP: for its own recipients', async () => {
    expect(await send(['a@once.example.com', 'header@example.com'], 'x\r\n')).toMatch(/^250/);
    delete seen['header'];
    expect(await send(['header@example.com', 'a@once.example.com'], 'x\r\n')).toMatch(/^451 4\.7\.1/);
    expect(seen['header']).toBeUndefined();
    expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);

    const lmtp = await smtp.connect('lmtp');
    await lmtp.command('LHLO client.example');
    const recipients = ['a@once.example.com', 'header@example.com'];
    expect(await send(recipients, 'x\r\n', 'ann@example.org', lmtp)).toMatch(/^451 4\.7\.1/);
    expect(await lmtp.reply()).toMatchObject({ code: 250 });
    expect(seen['header']).toBeDefined();
    lmtp.destroy();
  });
});

test('a span for each branch, in the one transaction; the metrics count one message', async () => {
  expect(await send(['desk-a@example.com', 'desk-b@example.com', 'broken@example.com'], 'x\r\n')).toMatch(/^451/);
  expect(await send(['header@example.com', 'unparsed@example.com'], 'x\r\n')).toMatch(/^250/);
  await client.quit();
  const metrics = smtp.app.get(SmtpMetrics).toPrometheus();
  await smtp.close();

  const { spans } = telemetry;
  expect(spans.every(({ ended }) => ended === 1)).toBe(true);
  const branches = spans.filter(({ name }) => name === 'smtp data');
  // In the order in which their guards let them pass.
  expect(
    branches.map(({ attributes, status }) => `${String(attributes['code.function.name'])} ${status}`).sort(),
  ).toEqual(['broken 2', 'desk 0', 'desk 0', 'header 0', 'unparsed 0'].map((branch) => `FeaturesController.${branch}`));
  expect(branches.every(({ parent }) => parent === 'smtp transaction')).toBe(true);
  for (const name of ['query a', 'query b']) expect(telemetry.named(name).parent).toBe('smtp data');
  expect(spans.filter(({ name }) => name === 'smtp transaction').map(({ attributes }) => attributes)).toMatchObject([
    { 'smtp.envelope.recipients': 3, 'smtp.message.size': 3, 'smtp.response.status_code': 451 },
    { 'smtp.envelope.recipients': 2, 'smtp.message.size': 3, 'smtp.response.status_code': 250 },
  ]);
  for (const line of [
    'smtp_messages_total{listener="mx",outcome="failed"} 1',
    'smtp_messages_total{listener="mx",outcome="accepted"} 1',
    'smtp_message_octets_total{listener="mx"} 3',
    'smtp_message_recipients_total{listener="mx"} 2',
  ]) {
    expect(metrics.split('\n')).toContain(line);
  }
});
