import { once } from 'node:events';
import { connect } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { DialogueClient } from 'smtp-engine/testing';
import { type AppProcess, TEST_PASSWORD, TEST_USER } from './app-process.js';

/** A dialogue over a real socket; the greeting has been read. */
export async function dial(port: number): Promise<DialogueClient> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const client = new DialogueClient(socket);
  await client.reply();
  return client;
}

/** A dialogue that has done STARTTLS and said EHLO, ready to log in. */
export async function dialSecurely(port: number): Promise<DialogueClient> {
  const client = await dial(port);
  await client.ehlo();
  await client.startTls();
  await client.ehlo();
  return client;
}

/** A dialogue that is logged in. */
export async function logIn(app: AppProcess): Promise<DialogueClient> {
  const client = await dialSecurely(app.smtpPort);
  const reply = await client.authPlain(TEST_USER, TEST_PASSWORD);
  if (reply.code !== 235) throw new Error(`no login: ${reply.raw.join('\n')}`);
  return client;
}

/** Sends a mail with nodemailer, an independent client, over STARTTLS or implicit TLS. */
export async function sendMail(
  app: AppProcess,
  mail: SendMailOptions,
  { secure = false, user = TEST_USER, pass = TEST_PASSWORD }: { secure?: boolean; user?: string; pass?: string } = {},
): Promise<string> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: secure ? app.smtpsPort : app.smtpPort,
    secure,
    requireTLS: !secure,
    auth: { user, pass },
    tls: { rejectUnauthorized: false },
  });
  try {
    const sent = await transport.sendMail({ from: 'me@example.org', to: 'you@example.org', ...mail });
    return sent.response;
  } finally {
    transport.close();
  }
}
