import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  selfSignedCertificate,
  type Session,
  SmtpClientGone,
  SmtpServer,
  type SmtpServerOptions,
} from 'smtp-engine';
import { connectInMemory, type DialogueClient } from 'smtp-engine/testing';

const message = { from: 'a@x.example', to: ['b@x.example'], data: 'Subject: hi\r\n\r\n.hello' };
const closed: Session[] = [];
const servers: SmtpServer[] = [];

async function talkTo(backend: Backend, options: SmtpServerOptions = {}): Promise<DialogueClient> {
  const server = new SmtpServer(
    { name: 'mx.example', recipients: 'any', authOptional: true, closeTimeout: 100, ...options },
    { close: (session) => void closed.push(session), ...backend },
  );
  servers.push(server);
  server.addListener();
  const client = connectInMemory(server);
  await client.reply();
  await client.command('HELO client.example');
  return client;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  closed.length = 0;
});

const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 200) throw new Error('it never came to that');
    await sleep(10);
  }
};

test('the transcript has both sides, and what happened to the connection', async () => {
  const client = await talkTo({ data: async (stream) => `${(await buffer(stream)).length} octets` });
  expect(await client.send(message)).toMatchObject({ code: 250 });
  await client.quit();
  expect(client.transcript().split('\n')).toEqual([
    'S: 220 mx.example ESMTP',
    'C: HELO client.example',
    'S: 250 mx.example greets client.example',
    'C: MAIL FROM:<a@x.example>',
    'S: 250 2.1.0 Sender OK',
    'C: RCPT TO:<b@x.example>',
    'S: 250 2.1.5 Recipient OK',
    'C: DATA',
    'S: 354 Start mail input; end with <CRLF>.<CRLF>',
    'C: Subject: hi',
    'C:',
    'C: ..hello',
    'C: .',
    'S: 250 2.6.0 23 octets',
    'C: QUIT',
    'S: 221 2.0.0 Goodbye',
    '-- close',
  ]);
});

test('it tells of TLS, and does not grow without end', async () => {
  const certificate = await selfSignedCertificate(['mx.example']);
  const client = await talkTo({ data: (stream) => stream.discard() }, certificate);
  await client.command('EHLO client.example');
  await client.startTls();
  await client.command('EHLO client.example');
  expect(client.transcript()).toMatch(/C: STARTTLS\nS: 220 [^\n]*\n-- tls\nC: EHLO client\.example\n/);
  await client.send({ ...message, data: `${'x'.repeat(998)}\r\n`.repeat(1_000) });
  expect(client.transcript().length).toBeLessThan(270_000);
  expect(client.transcript()).toMatch(/\n-- the rest is not kept$/);
  client.destroy();
});

test('after STARTTLS a login and a message say EHLO again, as any client does, where the test has not', async () => {
  const certificate = await selfSignedCertificate(['mx.example']);
  const client = await talkTo({ auth: () => true, data: (stream) => stream.discard() }, certificate);
  await client.ehlo('first.example');
  await client.ehlo('laptop.example');
  await client.startTls();
  expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
  expect(await client.send(message)).toMatchObject({ code: 250 });
  expect(client.transcript().match(/C: EHLO .*/g)).toEqual([
    'C: EHLO first.example',
    'C: EHLO laptop.example',
    'C: EHLO laptop.example',
  ]);
  client.destroy();

  const other = await talkTo({ data: (stream) => stream.discard() }, certificate);
  await other.startTls();
  expect(await other.command('MAIL FROM:<a@x.example>')).toMatchObject({ code: 503 });
  expect(await other.send(message)).toMatchObject({ code: 250 });
  other.destroy();
});

test('a client that is gone in the middle of a message: the handler got the octets before, and an error', async () => {
  let seen = '';
  let failure: unknown;
  const client = await talkTo({
    async data(stream) {
      try {
        for await (const chunk of stream) seen += String(chunk);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
  expect(await client.sendPart(message, 15)).toMatchObject({ code: 354 });
  client.destroy();
  await until(() => failure !== undefined && closed.length === 1);
  expect(failure).toBeInstanceOf(SmtpClientGone);
  expect('Subject: hi\r\n\r\n'.startsWith(seen)).toBe(true);
  expect(seen).not.toBe('');
});

test('a refusal before the message stops sendPart(), and gone after a verb is gone', async () => {
  const senders: string[] = [];
  const client = await talkTo({ mail: ({ address }) => void senders.push(address), rcpt: () => false });
  expect(await client.sendPart(message, 5)).toMatchObject({ code: 550 });
  await client.deliver('RSET\r\nMAIL FROM:<last@x.example>\r\n');
  client.destroy();
  await until(() => closed.length === 1);
  expect(senders).toEqual(['a@x.example', 'last@x.example']);
});

test('half closed: the server still answers to what it has', async () => {
  const client = await talkTo({});
  await client.deliver('NOOP\r\n');
  client.halfClose();
  expect(await client.reply()).toMatchObject({ code: 250 });
  await client.end();
  expect(client.transcript()).toMatch(/C: NOOP\nS: 250 [^\n]*\n-- close$/);
});

test('slow, and too slow', async () => {
  const client = await talkTo({ data: async (stream) => `${(await buffer(stream)).length} octets` });
  const begun = performance.now();
  expect(await client.send(message, { octets: 9, everyMs: 30 })).toMatchObject({ lines: ['23 octets'] });
  expect(performance.now() - begun).toBeGreaterThan(55);
  await expect(client.deliver('NOOP\r\n', { octets: 0, everyMs: 1 })).rejects.toThrow(/a pace is/);
  client.destroy();

  const late = await talkTo({ data: (stream) => stream.discard() }, { socketTimeout: 200 });
  await late.deliver('NOOP\r\n', { octets: 2, everyMs: 50 });
  expect(await late.reply()).toMatchObject({ code: 250 });
  await late.deliver('NOOP\r\n', { octets: 5, everyMs: 600 });
  expect(await late.reply()).toMatchObject({ code: 421 });
});
