import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import nodemailer, { type SentMessageInfo, type Transporter } from 'nodemailer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import type { Credentials, Envelope, Session } from 'smtp-engine';
import { type Engine, startEngine } from '../support/engine.js';

interface Received {
  readonly text: string;
  readonly envelope: Envelope;
  readonly user: unknown;
  readonly method: string | undefined;
  readonly secure: boolean;
}

let engine: Engine;
const received: Received[] = [];

function check(credentials: Credentials, { secure }: Session): unknown {
  if (credentials.username !== 'alice@example.com' || !secure) return false;
  switch (credentials.method) {
    case 'PLAIN':
    case 'LOGIN':
      return credentials.password === 'pässword' && { name: 'alice' };
    case 'CRAM-MD5':
      return credentials.validatePassword('pässword') && { name: 'alice' };
    case 'XOAUTH2':
      return credentials.accessToken === 'token' && { name: 'alice' };
    default:
      return false;
  }
}

beforeAll(async () => {
  engine = await startEngine(
    {
      auth: async (credentials, session) => check(credentials, session),
      rcpt: (path) => !path.localPart.startsWith('nobody'),
      async data(message, { envelope, session }) {
        const chunks: Buffer[] = [];
        for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
        const { user, authMethod, secure } = session;
        received.push({ text: Buffer.concat(chunks).toString('latin1'), envelope, user, method: authMethod, secure });
        return `queued as ${received.length}`;
      },
    },
    { authOptional: false, authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'], size: 1_000_000 },
  );
});
afterAll(() => engine.stop());
beforeEach(() => void (received.length = 0));

type Mechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2';

function transport(tls: 'STARTTLS' | 'implicit TLS', method: Mechanism, secret?: string): Transporter<SentMessageInfo> {
  const user = 'alice@example.com';
  const auth: SMTPConnection.AuthenticationType =
    method === 'XOAUTH2'
      ? { type: 'OAuth2', user, accessToken: secret ?? 'token' }
      : { type: 'login', user, pass: secret ?? 'pässword' };
  return nodemailer.createTransport({
    host: '127.0.0.1',
    port: tls === 'STARTTLS' ? engine.port : engine.securePort,
    secure: tls === 'implicit TLS',
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    name: 'client.example',
    auth,
    authMethod: method,
  } as never);
}

const mail = {
  from: 'alice@example.com',
  to: ['bob@example.com', 'carol@example.com'],
  subject: 'Grüße',
  text: '.\r\n..\r\n.dots\r\nlast',
};

const ways = (['STARTTLS', 'implicit TLS'] as const).flatMap((tls) =>
  (['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] as const).map((method) => [tls, method] as const),
);

describe.each(ways)('nodemailer over %s with %s', (tls, method) => {
  test('logs in and sends', async () => {
    const info = await transport(tls, method).sendMail(mail);
    expect(info).toMatchObject({ accepted: mail.to, rejected: [], response: '250 2.6.0 queued as 1' });
    expect(received).toHaveLength(1);
    const [{ text, envelope, user, secure, method: used }] = received as [Received];
    expect({ user, secure, used }).toEqual({ user: { name: 'alice' }, secure: true, used: method });
    expect(envelope.mailFrom.address).toBe(mail.from);
    expect(envelope.rcptTo.map(String)).toEqual(mail.to);
    expect(text).toContain('\r\n\r\n.\r\n..\r\n.dots\r\nlast');
  });

  test('is told what is wrong', async () => {
    const failure = transport(tls, method, 'wrong').sendMail(mail);
    await expect(failure).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 });
    expect(received).toEqual([]);
  });
});

describe('nodemailer', () => {
  const plain = (): Transporter<SentMessageInfo> => transport('implicit TLS', 'PLAIN');

  test('has its refused recipients named', async () => {
    const info = await plain().sendMail({ ...mail, to: ['nobody@example.com', 'bob@example.com'] });
    expect(info).toMatchObject({ accepted: ['bob@example.com'], rejected: ['nobody@example.com'] });
    expect(received[0]!.envelope.rcptTo.map(String)).toEqual(['bob@example.com']);
  });

  test('sends UTF-8 addresses, since they are offered', async () => {
    await plain().sendMail({ ...mail, from: 'älice@example.com', to: 'bøb@example.com' });
    expect(received[0]!.envelope).toMatchObject({ smtpUtf8: true, mailFrom: { address: 'älice@example.com' } });
    expect(received[0]!.envelope.rcptTo.map(String)).toEqual(['bøb@example.com']);
  });

  test('learns the limit before it sends, and is refused when it lies', async () => {
    const large = { ...mail, text: 'x'.repeat(1_100_000) };
    await expect(plain().sendMail(large)).rejects.toMatchObject({ responseCode: 552 });
    expect(received).toEqual([]);
  });

  test('keeps its connection for many messages', async () => {
    const pool = nodemailer.createTransport({
      pool: true,
      maxConnections: 1,
      host: '127.0.0.1',
      port: engine.securePort,
      secure: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'alice@example.com', pass: 'pässword' },
    });
    const before = engine.sessions.length;
    await Promise.all(Array.from({ length: 20 }, () => pool.sendMail(mail)));
    pool.close();
    expect(received).toHaveLength(20);
    expect(engine.sessions.length - before).toBe(1);
    expect(engine.sessions.at(-1)!.transaction).toBe(20);
  });
});
