import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import type { SMTPServerOptions } from 'smtp-server';
import { libraries, type Library } from './support/libraries.js';
import { listening, plain, QUIET, type Running, start } from './support/running.js';

/** Looks for a defect: gives what a client, or the application, sees of a library. */
type Probe = (SMTPServer: Library) => Promise<unknown>;

const servers: Running[] = [];
afterEach(() => Promise.all(servers.splice(0).map((running) => running.stop())));

async function begin(SMTPServer: Library, options: SMTPServerOptions = {}): Promise<Running> {
  const running = await start(SMTPServer, options);
  servers.push(running);
  return running;
}

const known: SMTPServerOptions = {
  onAuth: ({ password }, _session, callback) => callback(null, password === 'right' ? { user: 'ann' } : {}),
};

/** What becomes of options that are a mistake: the error of the constructor, or the reply to AUTH. */
async function judged(SMTPServer: Library, authMethods: string[], command: string): Promise<unknown> {
  let server;
  try {
    server = new SMTPServer({ ...QUIET, ...known, authMethods, allowInsecureAuth: true });
  } catch (error) {
    return (error as Error).message;
  }
  servers.push(await listening(server));
  const peer = await servers[0]!.dial();
  await peer.reply();
  const offer = /AUTH .*/.exec(await peer.command('EHLO client'))?.[0];
  return [offer, await peer.command(command)];
}

/** What several lines are answered with, the last reply. */
async function dialogue(running: Running, ...lines: readonly string[]): Promise<string> {
  const peer = await running.greet();
  let reply = '';
  for (const line of lines) reply = await peer.command(line);
  return reply;
}

/** By number of the defect: what it is, how to look for it, what smtp-server shows and what we show. */
const defects: readonly (readonly [string, Probe, unknown, unknown])[] = [
  [
    '1: false is no limit of commands',
    async (SMTPServer) => {
      const running = await begin(SMTPServer, { authOptional: false, maxAllowedUnauthenticatedCommands: false });
      return dialogue(running, ...Array<string>(15).fill('NOOP'));
    },
    '',
    '250 OK\r\n',
  ],
  [
    '2: logins that fail are limited',
    async (SMTPServer) => {
      const maxFailedLogins = 2; // ours; each refusal waits longer than the one before
      const running = await begin(SMTPServer, { ...known, allowInsecureAuth: true, ...{ maxFailedLogins } });
      const peer = await running.greet();
      for (let tries = 1; tries <= 12; tries++) {
        if (!(await peer.command(`AUTH PLAIN ${plain('ann', 'wrong')}`)).startsWith('535')) return 'limited';
      }
      return 'unlimited';
    },
    'unlimited',
    'limited',
  ],
  [
    '2: lines of a login are no commands',
    async (SMTPServer) => {
      const running = await begin(SMTPServer, {
        ...known,
        authOptional: false,
        allowInsecureAuth: true,
        maxAllowedUnauthenticatedCommands: 4,
      });
      return dialogue(running, 'AUTH LOGIN', 'YW5u', 'd3Jvbmc=', 'AUTH LOGIN', 'YW5u', 'd3Jvbmc=');
    },
    '',
    '535 Error: Authentication credentials invalid\r\n',
  ],
  [
    '3: XCLIENT is no mechanism',
    (SMTPServer) => judged(SMTPServer, ['PLAIN', 'XCLIENT'], 'AUTH XCLIENT root\r\nNOOP'),
    ['AUTH PLAIN XCLIENT', '250 OK\r\n'], // the login itself is not answered
    expect.stringContaining('XCLIENT'),
  ],
  [
    '4: an unknown mechanism is a mistake',
    (SMTPServer) => judged(SMTPServer, ['PLAIN', 'KERBEROS_V4'], 'AUTH KERBEROS_V4'),
    ['AUTH PLAIN KERBEROS_V4', '504 Error: Unrecognized authentication type\r\n'],
    expect.stringContaining('KERBEROS_V4'),
  ],
  [
    '5: a STARTTLS that is hidden is no leave to log in without',
    async (SMTPServer) =>
      dialogue(await begin(SMTPServer, { ...known, hideSTARTTLS: true }), `AUTH PLAIN ${plain('ann', 'right')}`),
    '235 Authentication successful\r\n',
    '538 Error: Must issue a STARTTLS command first\r\n',
  ],
  [
    '6: AUTH is not offered where it is refused',
    async (SMTPServer) => (await dialogue(await begin(SMTPServer), 'EHLO client')).includes('AUTH'),
    true,
    false,
  ],
  [
    '7: a throw in onData is answered, and the connection goes on',
    async (SMTPServer) => {
      const running = await begin(SMTPServer, {
        onData() {
          throw new Error('a bug');
        },
      });
      const peer = await running.greet();
      let reply = await peer.nextMessage();
      if (reply.startsWith('354')) reply = await peer.command('.'); // ours has said it already
      peer.write('NOOP\r\n');
      await sleep(300);
      return [reply, peer.received];
    },
    ['451 Error: internal server error\r\n', ''],
    ['451 Error: internal server error\r\n', '250 OK\r\n'],
  ],
  [
    '7a: as many replies as recipients',
    async (SMTPServer) => {
      const onData: SMTPServerOptions['onData'] = (stream, _session, callback) =>
        void stream.resume().on('end', () => callback(null, ['for one only']));
      const running = await begin(SMTPServer, { lmtp: true, onData });
      const peer = await running.dial();
      await peer.reply();
      for (const line of ['LHLO client', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<e@f>', 'DATA']) {
        await peer.command(line);
      }
      peer.write('x\r\n.\r\nNOOP\r\n');
      return [await peer.reply(), await peer.reply()].map((reply) => reply.slice(0, 3));
    },
    ['250', '250'],
    ['451', '451'],
  ],
  [
    '7a: a code that is none',
    async (SMTPServer) => {
      const onMailFrom: SMTPServerOptions['onMailFrom'] = (_address, _session, callback) =>
        callback(Object.assign(new Error('no'), { responseCode: 999 }));
      return dialogue(await begin(SMTPServer, { onMailFrom }), 'MAIL FROM:<a@b>');
    },
    '999 no\r\n',
    '550 no\r\n',
  ],
  [
    '7a: an enhanced code in the text is the enhanced code',
    async (SMTPServer) => {
      const onMailFrom: SMTPServerOptions['onMailFrom'] = (_address, _session, callback) =>
        callback(new Error('5.7.1 no'));
      return dialogue(await begin(SMTPServer, { onMailFrom, hideENHANCEDSTATUSCODES: false }), 'MAIL FROM:<a@b>');
    },
    '550 5.1.1 5.7.1 no\r\n',
    '550 5.7.1 no\r\n',
  ],
  [
    '7b: addresses after PROXY UNKNOWN are not believed',
    async (SMTPServer) => {
      let address = '';
      const running = await begin(SMTPServer, {
        useProxy: true,
        onConnect: (session, callback) => ((address = session.remoteAddress), callback()),
      });
      const peer = await running.dial();
      peer.write('PROXY UNKNOWN 9.9.9.9 192.0.2.2 1 2\r\n');
      await peer.reply();
      return address;
    },
    '9.9.9.9',
    '127.0.0.1',
  ],
  [
    '8: what is no base64 is no login',
    async (SMTPServer) =>
      dialogue(await begin(SMTPServer, { ...known, allowInsecureAuth: true }), `AUTH PLAIN !!${plain('ann', 'right')}`),
    '235 Authentication successful\r\n',
    expect.stringMatching(/^501 /),
  ],
  [
    '9: parameters of a MAIL that was refused are forgotten',
    async (SMTPServer) => {
      const envelopes: unknown[] = [];
      const running = await begin(SMTPServer, {
        onMailFrom: ({ address }, _session, callback) => callback(address === 'no@b' ? new Error('no') : null),
        onRcptTo: (_address, { envelope: { bodyType, smtpUtf8 } }, callback) => (
          envelopes.push([bodyType, smtpUtf8]),
          callback()
        ),
      });
      await dialogue(running, 'MAIL FROM:<no@b> BODY=8BITMIME SMTPUTF8', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>');
      return envelopes;
    },
    [['8bitmime', true]],
    [['7bit', false]],
  ],
  [
    '10: PROXY version 2',
    async (SMTPServer) => {
      let address = '';
      const running = await begin(SMTPServer, {
        useProxy: true,
        onConnect: (session, callback) => ((address = session.remoteAddress), callback()),
      });
      const peer = await running.dial();
      // signature; PROXY, TCP over IPv4, 12 octets: 192.0.2.7:1234 to 192.0.2.8:25
      peer.write(Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c000020804d20019', 'hex'));
      await peer.read(/^[^\r\n]*\r\n/);
      return address;
    },
    '',
    '192.0.2.7',
  ],
  [
    '11: a single dot in front is taken away',
    async (SMTPServer) => {
      let text = '';
      const running = await begin(SMTPServer, {
        onData: (stream, _session, callback) =>
          void stream.on('data', (chunk) => (text += String(chunk))).on('end', () => callback()),
      });
      const peer = await running.greet();
      await peer.nextMessage();
      await peer.command('.x\r\n..y\r\n.');
      return text;
    },
    '.x\r\n.y\r\n',
    'x\r\n.y\r\n',
  ],
  [
    '12: TLS 1.1 is too old',
    async (SMTPServer) => {
      const running = await begin(SMTPServer, { secure: true, ciphers: 'DEFAULT@SECLEVEL=0' });
      const socket = connectTls({
        port: running.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      const protocol = await Promise.race([
        once(socket, 'secureConnect').then(() => socket.getProtocol()),
        new Promise((resolve) => socket.once('error', () => resolve('refused'))),
      ]);
      socket.destroy();
      return protocol;
    },
    'TLSv1.1',
    'refused',
  ],
  [
    '12: a certificate made here, in place of a published one that has expired',
    async (SMTPServer) => {
      const { key: _key, cert: _cert, ...options } = QUIET;
      const running = await listening(new SMTPServer(options));
      servers.push(running);
      const peer = await running.greet();
      await peer.command('STARTTLS');
      const certificate = (await peer.startTls()).getPeerX509Certificate()!;
      return [certificate.publicKey.asymmetricKeyType, certificate.validToDate > new Date()];
    },
    ['rsa', false],
    ['ec', true],
  ],
  [
    '13: options are the caller’s',
    async (SMTPServer) => {
      const options: SMTPServerOptions = Object.freeze({ logger: false as const });
      try {
        return new SMTPServer(options).options.authMethods?.length;
      } catch (error) {
        return (error as Error).name;
      }
    },
    'TypeError',
    2,
  ],
  [
    '15: who has closed its side still gets its reply',
    async (SMTPServer) => {
      const running = await begin(SMTPServer, {
        onData: (stream, _session, callback) => void stream.resume().on('end', () => void setTimeout(callback, 100)),
      });
      const peer = await running.greet();
      await peer.nextMessage();
      peer.socket.end('x\r\n.\r\n');
      return peer.rest();
    },
    '',
    '250 OK: message queued\r\n',
  ],
];

describe.each(libraries)('defects of smtp-server, looked for in %s', (library, SMTPServer) => {
  test.each(defects)('%s', async (_title, probe, theirs, ours) => {
    expect(await probe(SMTPServer)).toEqual(library === 'smtp-server' ? theirs : ours);
  });
});
