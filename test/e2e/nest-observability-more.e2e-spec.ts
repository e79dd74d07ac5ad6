import { Controller } from '@nestjs/common';
import {
  MessageStream,
  SmtpData,
  SmtpMessage,
  SmtpMetrics,
  type SmtpModuleOptions,
  SmtpObservabilityModule,
  type SmtpObservabilityOptions,
} from 'nestjs-smtp';
import { eventually } from '../support/engine.js';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';
import { RecordingTelemetry } from '../support/recording-telemetry.js';

@Controller()
class MailController {
  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream) {
    for await (const chunk of message) void chunk;
  }
}

const start = (observed: SmtpObservabilityOptions, options: SmtpModuleOptions = {}): Promise<RunningSmtp> =>
  startSmtp({
    controllers: [MailController],
    imports: [SmtpObservabilityModule.forRoot(observed)],
    options: { authOptional: true, recipients: 'any', ...options },
  });

async function gone(smtp: RunningSmtp): Promise<void> {
  await eventually(() => smtp.transport.connections().length === 0);
  await smtp.close();
}

test.each([
  ['http', 'GET / HTTP/1.1\r\n'],
  ['tls-on-clear-port', '\x16\x03\x01\x02\x00'],
])('what is no SMTP is counted: %s', async (kind, octets) => {
  const smtp = await start({});
  const client = await smtp.connect();
  client.write(octets);
  expect(await client.reply()).toMatchObject({ code: expect.any(Number) as number });
  client.destroy();
  await gone(smtp);
  const metric = smtp.app
    .get(SmtpMetrics)
    .collect()
    .find(({ name }) => name === 'smtp_intruders_total');
  expect(metric?.samples).toEqual([{ labels: { listener: 'default', kind }, value: 1 }]);
});

describe('the traces', () => {
  const telemetry = new RecordingTelemetry();
  beforeAll(() => telemetry.install());
  beforeEach(() => void telemetry.spans.splice(0));
  afterAll(() => telemetry.remove());

  const named = (name: string) => telemetry.spans.filter((span) => span.name === name);

  test('the chunks of BDAT are one transaction, with one call of the handler', async () => {
    const smtp = await start({ tracing: true });
    const client = await smtp.connect();
    await client.ehlo();
    await client.command('MAIL FROM:<ann@example.com>');
    await client.command('RCPT TO:<bob@example.com>');
    expect(await client.command('BDAT 7\r\nhello')).toMatchObject({ code: 250 });
    expect(await client.command('BDAT 7 LAST\r\nworld')).toMatchObject({ code: 250 });
    await client.quit();
    await gone(smtp);
    expect(telemetry.spans.every(({ ended }) => ended === 1)).toBe(true);
    expect(named('smtp transaction')).toMatchObject([
      {
        parent: 'smtp connection',
        attributes: { 'smtp.message.size': 14, 'smtp.envelope.recipients': 1, 'smtp.response.status_code': 250 },
      },
    ]);
    expect(named('smtp data')).toMatchObject([{ parent: 'smtp transaction', status: 0 }]);
  });

  test('LMTP with a reply for each recipient is one transaction too', async () => {
    const smtp = await start({ tracing: true }, { lmtp: true });
    const client = await smtp.connect();
    await client.command('LHLO client.example.com');
    await client.command('MAIL FROM:<ann@example.com>');
    for (const name of ['bob', 'eve']) await client.command(`RCPT TO:<${name}@example.com>`);
    expect(await client.command('DATA')).toMatchObject({ code: 354 });
    expect(await client.command('hello\r\n.')).toMatchObject({ code: 250 });
    expect(await client.reply()).toMatchObject({ code: 250 });
    await client.quit();
    await gone(smtp);
    expect(telemetry.spans.every(({ ended }) => ended === 1)).toBe(true);
    expect(named('smtp transaction')).toMatchObject([
      { attributes: { 'smtp.message.size': 7, 'smtp.envelope.recipients': 2, 'smtp.response.status_code': 250 } },
    ]);
    expect(named('smtp data')).toMatchObject([{ parent: 'smtp transaction' }]);
  });
});
