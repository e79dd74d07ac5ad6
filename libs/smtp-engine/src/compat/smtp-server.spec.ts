import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { SMTPServerOptions } from './types.js';
import { SMTPServer } from './smtp-server.js';

const servers: SMTPServer[] = [];
const quick: SMTPServerOptions = { name: 'mx.test', disableReverseLookup: true, logger: false };

async function listen(options: SMTPServerOptions = {}): Promise<{ server: SMTPServer; port: number }> {
  const server = new SMTPServer({ ...quick, ...options });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return { server, port: (server.server.address() as AddressInfo).port };
}

/** Says each line when the reply to the one before has come; gives all replies. */
async function dialogue(port: number, ...lines: readonly string[]): Promise<string[]> {
  const socket: Socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const replies: string[] = [];
  const todo = [...lines];
  let text = '';
  for await (const chunk of socket as AsyncIterable<string>) {
    text += chunk;
    if (!/(?:^|\n)\d{3} [^\n]*\n$/.test(text)) continue;
    replies.push(text.trimEnd());
    text = '';
    const next = todo.shift();
    if (next === undefined) socket.end();
    else socket.write(`${next}\r\n`);
  }
  return replies;
}

afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done)))));

const plain = (text: string): string => Buffer.from(text).toString('base64');

test('a message, in the words of smtp-server', async () => {
  const seen: unknown[] = [];
  const { port } = await listen({
    allowInsecureAuth: true,
    onAuth(auth, _session, callback) {
      callback(null, auth.password === 'secret' ? { user: auth.username } : { message: 'No' });
    },
    onData(stream, session, callback) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        seen.push(text, session.user, session.envelope.rcptTo[0]?.address, session.envelope.mailFrom);
        callback(null, 'queued as 1');
      });
    },
  });
  const replies = await dialogue(
    port,
    'EHLO Client.Test',
    'MAIL FROM:<a@b.test>',
    `AUTH PLAIN ${plain('\0me\0wrong')}`,
    `AUTH PLAIN ${plain('\0me\0secret')}`,
    'MAIL FROM:<a@b.test> BODY=8BITMIME X-ODD',
    'RCPT TO:<c@xn--mnchen-3ya.test>',
    'DATA',
    'Subject: x\r\n\r\n..text\r\n.',
    'NOOP',
    'QUIT',
  );
  expect(replies).toEqual([
    '220 mx.test ESMTP',
    '250-mx.test Nice to meet you, [127.0.0.1]\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH LOGIN PLAIN\r\n250 STARTTLS',
    '530 Error: authentication Required',
    '535 No',
    '235 Authentication successful',
    '250 Accepted',
    '250 Accepted',
    '354 End data with <CR><LF>.<CR><LF>',
    '250 queued as 1',
    '250 OK',
    '221 Bye',
  ]);
  expect(seen).toEqual([
    'Subject: x\r\n\r\n.text\r\n',
    'me',
    'c@münchen.test',
    { address: 'a@b.test', args: { BODY: '8BITMIME', 'X-ODD': true } },
  ]);
});

test('handlers: option, property and overridden method; promise, callback and throw', async () => {
  class Mine extends SMTPServer {
    override async onMailFrom(): Promise<void> {
      throw Object.assign(new Error('not you'), { responseCode: 553 });
    }
  }
  const server = new Mine({ ...quick, authOptional: true });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  expect((await dialogue(port, 'EHLO x', 'MAIL FROM:<a@b.test>')).at(-1)).toBe('553 not you');
  server.onMailFrom = () => {
    throw new Error('of our own');
  };
  expect((await dialogue(port, 'EHLO x', 'MAIL FROM:<a@b.test>')).at(-1)).toBe('451 Error: internal server error');
  (server as SMTPServer).onMailFrom = function (this: SMTPServer, _address, session, callback) {
    callback(Object.assign(new Error(`${this === server} ${session.openingCommand}`), { responseCode: 999 }));
  };
  expect((await dialogue(port, 'EHLO x', 'MAIL FROM:<a@b.test>')).at(-1)).toBe('550 true EHLO');
});

test('listens and closes many times on one port, and calls back once', async () => {
  const { server, port } = await listen({ authOptional: true });
  for (let round = 0; round < 3; round++) {
    expect(await dialogue(port, 'NOOP')).toEqual(['220 mx.test ESMTP', '250 OK']);
    let calls = 0;
    await new Promise<void>((done) =>
      server.close((...given: unknown[]) => {
        calls += 1 + given.length;
        done();
      }),
    );
    expect(calls).toBe(1);
    expect(server.connections.size).toBe(0);
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
  }
});

test('options are not changed', () => {
  const options = Object.freeze({ ...quick, secure: true, authMethods: ['plain'], disabledCommands: ['vrfy'] });
  servers.push(new SMTPServer(options));
  expect(options).toEqual({ ...quick, secure: true, authMethods: ['plain'], disabledCommands: ['vrfy'] });
});
