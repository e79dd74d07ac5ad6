import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { SMTPServer } from './smtp-server.js';
import type { SMTPServerAuthentication } from './types.js';

let server: SMTPServer;
let port: number;
const asked: SMTPServerAuthentication[] = [];
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

beforeAll(async () => {
  server = new SMTPServer({
    name: 'mx.test',
    disableReverseLookup: true,
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2', 'CRAM-MD5'],
    onAuth(auth, _session, callback) {
      asked.push(auth);
      callback(null, auth.accessToken === 'a b' || auth.password === 'secret' ? { user: 'u' } : {});
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  port = (server.server.address() as AddressInfo).port;
});

beforeEach(() => asked.splice(0));
afterAll(() => new Promise<void>((done) => server.close(done)));

/** The code and text of the reply to each line, EHLO before them; '' where the server has closed. */
async function say(...lines: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  const reader = socket[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    for (let text = ''; ; text += ((await reader.next()) as { value?: string }).value ?? '\n') {
      if (/(?:^|\n)\d{3}(?: [^\n]*)?\n$/.test(text) || text === '\n') return text.trim();
    }
  };
  await next();
  const replies: string[] = [];
  for (const line of ['EHLO a.test', ...lines]) {
    socket.write(`${line}\r\n`, 'latin1');
    replies.push(await next());
  }
  socket.destroy();
  return replies.slice(1);
}

test.each<[what: string, lines: string[], replies: string[]]>([
  ['no user name', ['AUTH LOGIN', ''], ['334 VXNlcm5hbWU6', '501 Error: missing username']],
  ['controls in a name', ['AUTH LOGIN', base64('us\u0001er')], ['334 VXNlcm5hbWU6', '501 Error: invalid userdata']],
  ['a cancel among blanks', ['AUTH PLAIN', ' * '], ['334', '501 Authentication aborted']],
  [
    'no padding, and blanks',
    [`AUTH PLAIN  ${base64('\0user1\0secret').replace(/=/g, '')} `],
    ['235 Authentication successful'],
  ],
  ['no base64', ['AUTH PLAIN', '!!!!'], ['334', '501 Error: invalid userdata']],
  ['an HTTP request', ['AUTH PLAIN', 'GET / HTTP/1.1'], ['334', '421 HTTP requests not allowed']],
  [
    'a transaction',
    ['MAIL FROM:<a@a.test>', `AUTH PLAIN ${base64('\0user\0secret')}`, 'RCPT TO:<b@b.test>'],
    ['250 Accepted', '235 Authentication successful', '250 Accepted'],
  ],
  [
    'a token of two words',
    [`AUTH XOAUTH2 ${base64('USER=u=v\u0001AUTH=bearer a b\u0001\u0001')}`],
    ['235 Authentication successful'],
  ],
])('AUTH takes or refuses as smtp-server does: %s', async (_what, lines, replies) => {
  expect(await say(...lines)).toEqual(replies);
});

test('CRAM-MD5 leaves to the application what is no proof', async () => {
  for (const response of ['', 'user', 'user abcdef', `user ${'0'.repeat(32)}zz`, 'a b c']) {
    const [, reply] = await say('AUTH CRAM-MD5', base64(response));
    expect(reply).toBe('535 Error: Authentication credentials invalid');
    expect(asked.pop()?.validatePassword?.('secret')).toBe(false);
  }
});

test('malformed logins come to an end', async () => {
  const replies = await say(...Array.from({ length: 101 }, () => 'AUTH LOGIN ='));
  expect(replies[0]).toBe('501 Error: missing username');
  expect(replies.at(-1)).toBe('421 Error: too many failed authentication attempts');
});

test.each([
  ['EHLO a\u0001b', '501 Error: Bad hostname syntax'],
  ['EHLO a b', '501 Error: syntax: EHLO hostname'],
  ['MAIL FROM:<a\0b@a.test>', '501 Error: Bad sender address syntax'],
  ['MAIL FROM:<a@a.test> X=a\u0001b', '501 Error: Bad sender address syntax'],
  ['MAIL FROM:<\u00c3\u00b5@a.test>', '250 Accepted'],
  ['MAIL FROM:<a@a.test> AUTH=a=b ENVID=a+zz', '250 Accepted'],
  ['MAIL FROM:<a@a.test> REQUIRETLS=x', '530 REQUIRETLS not permitted on non-TLS connections'],
  ['MAIL FROM:<a@a.test> BODY=x SIZE=y', '501 Error: Bad message size syntax'],
  ['GET x HTTP/1.1', '500 Error: command not recognized'],
  ['NOOP\r', '500 Error: command not recognized'],
])('%j is %s', async (line, reply) => {
  expect(await say(line)).toEqual([reply]);
});
