import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';
import { Controller } from '@nestjs/common';
import {
  ExternalAuth,
  MessageStream,
  PasswordAuth,
  selfSignedCertificate,
  SmtpAuth,
  SmtpCommand,
  SmtpContext,
  SmtpData,
} from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { createTransport, type Transporter } from 'nodemailer';
import { generate } from 'selfsigned';
import { base64, portOf, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const REFUSED = '535 5.7.8 Authentication credentials invalid';
const SUCCESS = '235 2.7.0 Authentication successful';

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Signed by itself, so that it is its own authority. */
async function clientCertificate(name: string): Promise<KeyPair> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true }],
  });
  return { key, cert };
}

@Controller()
class CertificateController {
  @SmtpAuth('EXTERNAL')
  device(auth: ExternalAuth) {
    if (auth.username !== 'printer-7' || auth.authzid === 'boss') return null;
    return { device: auth.username, subject: auth.certificate.subject, isTyped: auth instanceof ExternalAuth };
  }

  @SmtpAuth('PLAIN')
  person(auth: PasswordAuth) {
    return { person: auth.username };
  }

  @SmtpCommand('XWHO')
  who(_command: unknown, { session }: SmtpContext) {
    return JSON.stringify([session.user, session.authorized, session.clientCertificate?.subject]);
  }

  @SmtpData()
  receive(message: MessageStream, { session }: SmtpContext) {
    message.discard();
    return `sent by ${(session.user as { device: string }).device}`;
  }
}

describe('EXTERNAL with a client certificate', () => {
  let printer: KeyPair;
  let scanner: KeyPair;
  let stranger: KeyPair;
  let smtp: RunningSmtp;

  beforeAll(async () => {
    printer = await clientCertificate('printer-7');
    scanner = await clientCertificate('scanner-1');
    stranger = await clientCertificate('printer-7');
    smtp = await startSmtp({
      controllers: [CertificateController],
      options: {
        ...(await selfSignedCertificate(['localhost'])),
        port: undefined as never,
        ca: [printer.cert, scanner.cert],
        requestCert: true,
        rejectUnauthorized: false,
        authFailureDelayMs: false,
        listeners: [
          { id: 'starttls', host: '127.0.0.1', port: 0 },
          { id: 'tls', host: '127.0.0.1', port: 0, secure: true },
          { id: 'strict', host: '127.0.0.1', port: 0, secure: true, rejectUnauthorized: true },
        ],
      },
    });
  });
  afterAll(() => smtp.close());

  /** A client of implicit TLS whose greeting has been read, after EHLO. */
  async function client(certificate: ConnectionOptions, listener = 'tls'): Promise<DialogueClient> {
    const port = portOf(smtp.transport, listener);
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...certificate });
    const dialogue = new DialogueClient(socket);
    await once(socket, 'secureConnect');
    await dialogue.reply();
    return dialogue;
  }

  async function offered(dialogue: DialogueClient): Promise<string | undefined> {
    return (await dialogue.ehlo()).lines.find((line) => line.startsWith('AUTH'));
  }

  /** nodemailer, which leaves mechanisms that it does not know to a function. */
  function mailer(listener: string, certificate: KeyPair): Transporter {
    return createTransport({
      host: '127.0.0.1',
      port: portOf(smtp.transport, listener),
      secure: listener !== 'starttls',
      requireTLS: true,
      tls: { rejectUnauthorized: false, ...certificate },
      auth: { type: 'custom', method: 'EXTERNAL', user: 'printer-7', pass: 'none' },
      customAuth: {
        EXTERNAL: async ({ sendCommand }: { sendCommand(line: string): Promise<{ status: number; text: string }> }) => {
          const { status, text } = await sendCommand('AUTH EXTERNAL =');
          if (status !== 235) throw new Error(text);
        },
      },
    } as object);
  }

  test('the handler gets the name and the certificate, and says who the user is', async () => {
    const dialogue = await client(printer);
    expect(await offered(dialogue)).toBe('AUTH EXTERNAL PLAIN');
    expect((await dialogue.command('AUTH EXTERNAL =')).raw).toEqual([SUCCESS]);
    const user = { device: 'printer-7', subject: 'CN=printer-7', isTyped: true };
    const { lines } = await dialogue.command('XWHO');
    expect(JSON.parse(lines[0]!)).toEqual([user, true, 'CN=printer-7']);
    await dialogue.quit();
  });

  test.each(['starttls', 'tls', 'strict'])('a standard client sends mail over %s', async (listener) => {
    const transporter = mailer(listener, printer);
    const mail = { from: 'printer@example.com', to: 'bob@example.com', text: 'paper jam' };
    expect(await transporter.sendMail(mail)).toMatchObject({ response: '250 2.6.0 sent by printer-7' });
    transporter.close();
  });

  test('a good certificate of somebody else is 535; so is a wish that the handler does not grant', async () => {
    const other = await client(scanner);
    expect(await offered(other)).toBe('AUTH EXTERNAL PLAIN');
    expect((await other.command('AUTH EXTERNAL =')).raw).toEqual([REFUSED]);
    await other.quit();
    const dialogue = await client(printer);
    await dialogue.ehlo();
    expect((await dialogue.command(`AUTH EXTERNAL ${base64('boss')}`)).raw).toEqual([REFUSED]);
    expect((await dialogue.command(`AUTH EXTERNAL ${base64('team')}`)).raw).toEqual([SUCCESS]);
    await dialogue.quit();
  });

  test('without a certificate, or with one that nobody vouches for, there is all but EXTERNAL', async () => {
    for (const certificate of [{}, stranger]) {
      const dialogue = await client(certificate);
      expect(await offered(dialogue)).toBe('AUTH PLAIN');
      expect(await dialogue.command('AUTH EXTERNAL =')).toMatchObject({ code: 504 });
      expect(await dialogue.authPlain('ann', 'x')).toMatchObject({ code: 235 });
      expect((await dialogue.command('XWHO')).lines).toEqual(['[{"person":"ann"},false,null]']);
      await dialogue.quit();
    }
  });

  test('a listener that rejects them cuts the connection, without a greeting', async () => {
    for (const certificate of [{}, stranger]) {
      await expect(client(certificate, 'strict')).rejects.toThrow(/closed the connection; unfinished: ""|ECONNRESET/);
    }
    const dialogue = await client(printer, 'strict');
    expect(await offered(dialogue)).toBe('AUTH EXTERNAL PLAIN');
    await dialogue.quit();
  });
});
