import { Controller } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import {
  type ForwardPath,
  MessageStream,
  PasswordAuth,
  SmtpAuth,
  SmtpData,
  SmtpMailFrom,
  SmtpMailboxUnavailable,
  SmtpMessage,
  SmtpMetrics,
  SmtpObservabilityModule,
  type SmtpObservabilityOptions,
  SmtpRcptTo,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { eventually } from '../support/engine.js';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';
import { RecordingTelemetry } from '../support/recording-telemetry.js';

@Controller()
class MailController {
  @SmtpAuth('PLAIN')
  login({ password }: PasswordAuth) {
    return password === 'secret';
  }

  @SmtpMailFrom()
  sender({ address }: { readonly address: string }) {
    return address !== 'spam@example.com';
  }

  @SmtpRcptTo()
  recipient({ localPart }: ForwardPath) {
    if (localPart === 'nobody') throw new SmtpMailboxUnavailable();
    if (localPart === 'broken') throw new Error('database is down');
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream) {
    for await (const chunk of message) void chunk;
    trace.getTracer('app').startSpan('query').end();
    return 'queued';
  }
}

const start = (options: SmtpObservabilityOptions): Promise<RunningSmtp> =>
  startSmtp({
    controllers: [MailController],
    imports: [SmtpObservabilityModule.forRoot(options)],
    options: { allowInsecureAuth: true, authOptional: true, recipients: 'any', authFailureDelayMs: false },
  });

async function talk(smtp: RunningSmtp): Promise<void> {
  const client: DialogueClient = await smtp.connect();
  await client.ehlo();
  await client.authPlain('my-password', 'wrong');
  await client.authPlain('ann', 'secret');
  await client.command('MAIL FROM:<spam@example.com>');
  await client.command('MAIL FROM:<ann@example.com>');
  for (const name of ['nobody', 'broken']) await client.command(`RCPT TO:<${name}@example.com>`);
  await client.command('RSET');
  await client.send({
    from: 'ann@example.com',
    to: ['bob@example.com', 'eve@example.com'],
    data: 'Subject: x\r\n\r\nhi',
  });
  await client.command('MAIL FROM:<"a b"@example.com>');
  await client.command('ANNA anna@example.com');
  await client.quit();
  await eventually(() => smtp.transport.connections().length === 0);
}

describe('the log', () => {
  test('shows the dialogue, without secrets and without whole addresses', async () => {
    const smtp = await start({ log: true });
    await talk(smtp);
    await smtp.close();
    const text = smtp.log.lines.join('\n');
    expect(smtp.log.find(/^log \w+ 127\.0\.0\.1 connected to 'default'/)).toBeDefined();
    expect(smtp.log.find(/^log \w+ login of ann by PLAIN: 235 2\.7\.0/)).toBeDefined();
    expect(smtp.log.find(/^log \w+ login by PLAIN: 535 5\.7\.8/)).toBeDefined();
    expect(smtp.log.find(/^debug \w+ C: AUTH Smtp$/)).toBeDefined();
    expect(smtp.log.find(/^debug \w+ C: MAIL FROM:<s\*\*\*@example\.com>/)).toBeDefined();
    expect(smtp.log.find(/^debug \w+ C: MAIL FROM:<a\*\*\*@example\.com>/)).toBeDefined();
    expect(smtp.log.find(/^debug \w+ C: \(no command\)/)).toBeDefined();
    expect(smtp.log.find(/^debug \w+ S: 250-/)).toBeDefined();
    const message = /^log \w+ message of \d+ octets from <a\*\*\*@example\.com> for 2 recipients: 250 2\.6\.0 queued/;
    expect(smtp.log.find(message)).toBeDefined();
    expect(smtp.log.find(/^log \w+ closed/)).toBeDefined();
    expect(text).not.toMatch(/secret|my-password|ann@|bob@|"a b"|anna|Subject|AGFubg/);
  });

  test('shows addresses where that is asked for', async () => {
    const smtp = await start({ log: { addresses: true } });
    await talk(smtp);
    await smtp.close();
    expect(smtp.log.find(/C: MAIL FROM:<ann@example\.com>/)).toBeDefined();
    expect(smtp.log.lines.join('\n')).not.toMatch(/secret|my-password/);
  });

  test('is silent by default', async () => {
    const smtp = await start({});
    await talk(smtp);
    await smtp.close();
    expect(smtp.log.find(/ C: | S: | connected to /)).toBeUndefined();
  });
});

describe('the metrics', () => {
  test('count what happens in this application, and in no other', async () => {
    const [smtp, other] = [await start({}), await start({})];
    await talk(smtp);
    const client = await smtp.connect();
    const metrics = smtp.app.get(SmtpMetrics);
    const text = metrics.toPrometheus();
    for (const line of [
      '# TYPE smtp_connections_open gauge',
      'smtp_connections_open{listener="default"} 1',
      'smtp_connections_total{listener="default"} 2',
      'smtp_commands_total{listener="default",verb="MAIL"} 4',
      'smtp_commands_total{listener="default",verb="unknown"} 1',
      'smtp_logins_total{listener="default",method="PLAIN",outcome="accepted"} 1',
      'smtp_logins_total{listener="default",method="PLAIN",outcome="refused"} 1',
      'smtp_messages_total{listener="default",outcome="accepted"} 1',
      'smtp_message_recipients_total{listener="default"} 2',
      'smtp_replies_total{listener="default",code="451"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    const octets = metrics.collect().find(({ name }) => name === 'smtp_message_octets_total');
    expect(octets).toMatchObject({ type: 'counter', samples: [{ labels: { listener: 'default' }, value: 18 }] });
    expect(
      other.app
        .get(SmtpMetrics)
        .collect()
        .flatMap(({ samples }) => samples),
    ).toEqual([]);
    client.destroy();
    await smtp.close();
    expect(metrics.toPrometheus()).toContain('smtp_connections_open{listener="default"} 0\n');
    await other.close();
  });

  test('can be left out', async () => {
    const smtp = await start({ metrics: false });
    await talk(smtp);
    expect(
      smtp.app
        .get(SmtpMetrics)
        .collect()
        .flatMap(({ samples }) => samples),
    ).toEqual([]);
    await smtp.close();
  });
});

describe('the traces', () => {
  const telemetry = new RecordingTelemetry();
  beforeAll(() => telemetry.install());
  afterAll(() => telemetry.remove());

  test('a connection holds transactions, and those the handlers, and those what handlers call', async () => {
    const smtp = await start({ tracing: true });
    await talk(smtp);
    await smtp.close();
    const { spans } = telemetry;
    expect(spans.every(({ ended }) => ended === 1)).toBe(true);
    expect(telemetry.named('smtp connection')).toMatchObject({
      parent: undefined,
      attributes: { 'smtp.listener': 'default', 'client.address': '127.0.0.1', 'smtp.secure': false },
    });
    expect(telemetry.named('smtp auth')).toMatchObject({ parent: 'smtp connection', status: 0 });
    expect(telemetry.named('query').parent).toBe('smtp data');
    expect(telemetry.named('smtp data')).toMatchObject({
      parent: 'smtp transaction',
      attributes: { 'smtp.stage': 'data', 'code.function.name': 'MailController.receive' },
    });
    const transactions = spans.filter(({ name }) => name === 'smtp transaction');
    expect(transactions.map(({ attributes }) => attributes['smtp.response.status_code'])).toEqual([
      550,
      undefined,
      250,
      undefined,
    ]);
    expect(transactions[2]!.attributes).toMatchObject({ 'smtp.envelope.recipients': 2, 'smtp.message.size': 18 });
    const [refused, broken] = spans.filter(({ name }) => name === 'smtp rcpt');
    expect(refused).toMatchObject({ status: 0, exceptions: [], attributes: { 'smtp.response.status_code': 550 } });
    expect(broken).toMatchObject({ status: 2, exceptions: [{ message: 'database is down' }] });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toMatch(/@example|ann|secret/);
  });
});
