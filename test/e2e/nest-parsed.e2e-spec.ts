import { Controller } from '@nestjs/common';
import {
  LazyMessage,
  type ParsedMessage,
  SmtpContentRefused,
  SmtpData,
  SmtpHeader,
  SmtpMessage,
  type SmtpModuleOptions,
  SmtpParsed,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { compile, startSmtp } from '../support/nest-smtp.js';

const MAIL = { from: 'ann@example.com', to: ['bob@example.com'] };
const KIB = 1024;
const size = 32 * KIB * KIB;
const options = { authOptional: true, recipients: 'any', size } as const;

/** A mail as programs send it: two kinds of text, a picture in them, a file beside them. */
const MIXED = [
  'From: =?utf-8?q?Ann_Gr=C3=BCn?= <ann@example.com>',
  'To: Team: bob@example.com, eve@example.com;, "Carl" <carl@example.com>',
  'Reply-To: <desk@example.com>',
  'Subject: =?utf-8?B?4oKs?= report',
  'Message-ID: <1@example.com>',
  'Date: Tue, 24 Nov 2026 10:00:00 +0100 (CET)',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: multipart/alternative; boundary=a',
  '',
  '--a',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe',
  '--a',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>grüße <img src="cid:p@x"></p>',
  '--a--',
  '--m',
  'Content-Type: image/png',
  'Content-ID: <p@x>',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw==',
  '--m',
  'Content-Type: application/pdf; name="=?utf-8?q?gr=C3=BCn.pdf?="',
  'Content-Disposition: attachment',
  '',
  'file',
  '--m--',
  '',
].join('\r\n');

@Controller()
class ParsingController {
  readonly seen: ParsedMessage[] = [];
  subject: string | undefined;

  @SmtpData()
  async receive(@SmtpHeader('subject') subject: string | undefined, @SmtpParsed() mail: LazyMessage) {
    this.subject = subject;
    const parsed = await mail.parsed();
    expect(await mail.parsed()).toBe(parsed);
    this.seen.push(parsed);
    return `parsed ${parsed.attachments.length}`;
  }
}

async function ready(controller: new () => object, given: SmtpModuleOptions = options) {
  const smtp = await startSmtp({ controllers: [controller], options: given });
  const client = await smtp.connect();
  await client.ehlo();
  return { smtp, client };
}

async function leave({ smtp, client }: Awaited<ReturnType<typeof ready>>): Promise<void> {
  await client.quit();
  await smtp.close();
}

/** The longest that nobody else had a turn, in milliseconds. */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  return longest;
}

function fill(piece: string, bytes: number): string {
  return piece.repeat(Math.floor(bytes / piece.length));
}

test('texts, mailboxes and attachments', async () => {
  const running = await ready(ParsingController);
  expect(await running.client.send({ ...MAIL, data: MIXED })).toMatchObject({ code: 250, lines: ['parsed 2'] });
  const { seen, subject } = running.smtp.app.get(ParsingController);
  const [mail] = seen;
  expect(subject).toBe('€ report');
  expect(mail).toMatchObject({
    subject: '€ report',
    messageId: '<1@example.com>',
    date: new Date('2026-11-24T09:00:00Z'),
    from: [{ name: 'Ann Grün', address: 'ann@example.com' }],
    to: [
      { name: 'Team', group: [{ address: 'bob@example.com' }, { address: 'eve@example.com' }] },
      { name: 'Carl', address: 'carl@example.com' },
    ],
    cc: [],
    replyTo: [{ name: '', address: 'desk@example.com' }],
    text: 'Grüße',
    html: '<p>grüße <img src="cid:p@x"></p>',
    attachments: [
      { contentType: 'image/png', isInline: true, contentId: 'p@x', filename: undefined },
      { contentType: 'application/pdf', isInline: false, contentId: undefined, filename: 'grün.pdf' },
    ],
  });
  expect(mail!.attachments.map(({ content }) => content.toString('latin1'))).toEqual(['\x89PNG', 'file']);
  expect(mail!.header('content-type')).toContain('multipart/mixed');
  await leave(running);
});

test('a message by BDAT, an empty one, one without a header, and an hour that is none', async () => {
  const running = await ready(ParsingController);
  const { client } = running;
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<bob@example.com>');
  client.write('BDAT 12\r\nSubject: hi\r');
  expect(await client.reply()).toMatchObject({ code: 250 });
  client.write('BDAT 7 LAST\r\n\n\r\nbody');
  expect(await client.reply()).toMatchObject({ code: 250 });
  for (const data of ['', '\r\nbody\r\n', 'Date: soon\r\n\r\n']) {
    expect(await client.send({ ...MAIL, data })).toMatchObject({ code: 250 });
  }
  const { seen } = running.smtp.app.get(ParsingController);
  expect(seen.map(({ subject, text }) => [subject, text?.trim()])).toEqual([
    ['hi', 'body'],
    [undefined, undefined],
    [undefined, 'body'],
    [undefined, undefined],
  ]);
  expect(seen.map(({ date }) => date)).toEqual([undefined, undefined, undefined, undefined]);
  await leave(running);
});

@Controller()
class LazyController {
  @SmtpData('refused@*')
  refuse(@SmtpParsed() _mail: LazyMessage) {
    throw new SmtpContentRefused();
  }

  @SmtpData('discarded@*')
  discard(@SmtpParsed() mail: LazyMessage) {
    mail.discard();
  }

  @SmtpData('started@*')
  start(@SmtpParsed({ maxBytes: 100 }) mail: LazyMessage) {
    void mail.parsed();
    throw new SmtpContentRefused();
  }
}

test('nothing is read unless asked for; what is not awaited harms nobody', async () => {
  const running = await ready(LazyController);
  const { client } = running;
  const rejections: unknown[] = [];
  const note = (reason: unknown): number => rejections.push(reason);
  process.on('unhandledRejection', note);
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<refused@example.com>');
  expect(await client.command('DATA')).toMatchObject({ code: 554, enhanced: '5.6.0' });
  expect(await client.send({ ...MAIL, to: ['discarded@example.com'], data: MIXED })).toMatchObject({ code: 250 });
  expect(await client.send({ ...MAIL, to: ['started@example.com'], data: MIXED })).toMatchObject({ code: 554 });
  expect(await client.command('NOOP')).toMatchObject({ code: 250 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
  await leave(running);
});

@Controller()
class TeeController {
  readonly subjects: (string | undefined)[] = [];

  @SmtpData('*@one.example')
  async one(@SmtpParsed() mail: LazyMessage) {
    this.subjects.push((await mail.parsed()).subject);
  }

  @SmtpData('*@two.example')
  async two(@SmtpParsed({ maxParts: 1 }) mail: LazyMessage) {
    this.subjects.push((await mail.parsed()).subject);
  }
}

test('each route parses for itself; LMTP tells each recipient', async () => {
  const running = await ready(TeeController, { role: 'lmtp', size });
  const { client } = running;
  expect(await client.command('LHLO client.example')).toMatchObject({ code: 250 });
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<a@one.example>');
  await client.command('RCPT TO:<b@two.example>');
  expect(await client.command('DATA')).toMatchObject({ code: 354 });
  client.write(`${MIXED}.\r\n`);
  expect(await client.reply()).toMatchObject({ code: 250 });
  expect(await client.reply()).toMatchObject({ code: 554, enhanced: '5.6.0' });
  expect(running.smtp.app.get(TeeController).subjects).toEqual(['€ report']);
  await leave(running);
});

@Controller()
class HurriedController {
  @SmtpData()
  async receive(@SmtpParsed({ maxParseMs: 40, maxBytes: 30 * KIB * KIB }) mail: LazyMessage) {
    await mail.parsed();
  }
}

const base64 = `Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n${fill(`${'YWFh'.repeat(19)}\r\n`, 16 * KIB * KIB)}`;

test('the time that the parser takes is counted, and that of the client is not', async () => {
  const running = await ready(HurriedController);
  const { client } = running;
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<bob@example.com>');
  expect(await client.command('DATA')).toMatchObject({ code: 354 });
  for (const piece of ['Subject: slow\r\n', '\r\n', 'body\r\n', '.\r\n']) {
    client.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(await client.reply()).toMatchObject({ code: 250 });
  expect(await client.send({ ...MAIL, data: base64 })).toMatchObject({ code: 451, enhanced: '4.3.0' });
  expect(await client.command('NOOP')).toMatchObject({ code: 250 });
  await leave(running);
});

const nested = (depth: number): string =>
  Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`).join(
    '',
  );
const multipart = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const text = (type: string, piece: string, encoding = '7bit'): string =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${fill(piece, 1000 * KIB)}\r\n`;
const embedded = 'Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n';

/** What each is to cost at most; on a machine that does other things as well. */
const MAX_HOLD_MS = 1000;

test.each<[string, number, string]>([
  ['11 MiB', 552, `Content-Type: image/png\r\n\r\n${fill(`${'x'.repeat(76)}\r\n`, 11 * KIB * KIB)}`],
  ['a text of 2 MiB', 554, `\r\n${fill(`${'x'.repeat(76)}\r\n`, 2 * KIB * KIB)}`],
  ['100,000 parts', 554, multipart + '--b\r\n\r\nx\r\n'.repeat(100_000)],
  ['100,000 parts without a header', 554, multipart + '--b\r\n'.repeat(100_000)],
  ['parts nested 10,000 deep', 554, nested(10_000)],
  ['parts nested 21 deep', 554, `${nested(21)}\r\nx\r\n`],
  ['parts nested 19 deep', 250, `${nested(19)}\r\nx\r\n`],
  ['messages in messages', 554, embedded.repeat(10_000)],
  ['a header line of 1 MiB', 552, `Subject: ${'x'.repeat(KIB * KIB)}\r\n\r\n`],
  ['a header line of 1 MiB in a part', 554, `${multipart}--b\r\nX: ${'x'.repeat(KIB * KIB)}\r\n\r\n`],
  ['many headers', 554, multipart + `--b\r\nX: ${'x'.repeat(900)}\r\n\r\n`.repeat(200)],
  ['a flood of encoded-words', 250, `Subject: ${fill('=?iso-2022-jp?B?GyRCRnw=?=\r\n ', 60 * KIB)}\r\n\r\n`],
  ['a flood of mailboxes', 250, `To: ${fill('=?utf-8?B?PGFAYj4=?=,\r\n ', 60 * KIB)}\r\n\r\n`],
  ['a flood of groups', 250, `To: ${fill('a:b;\r\n ', 60 * KIB)}\r\n\r\n`],
  ['a flood of fields', 250, `${fill('To: a@b\r\n', 60 * KIB)}\r\n`],
  ['a flood of parameters', 250, `Content-Type: a/b; ${fill('a*0*=b;\r\n ', 60 * KIB)}\r\n\r\n`],
  [
    'a boundary of 60 KiB',
    250,
    `Content-Type: multipart/x; boundary="${'b'.repeat(60 * KIB)}"\r\n\r\n${fill('--\r\n', KIB * KIB)}`,
  ],
  ['10 MiB of base64', 250, base64.slice(0, 10_000 * KIB)],
  ['a text of empty lines', 250, text('text/plain', '\r\n')],
  ['quoted-printable spaces', 250, text('text/plain', ' \r\n', 'quoted-printable')],
  ['flowed quotes', 250, text('text/plain; format=flowed', '>\r\n')],
  ['ISO-2022-JP', 250, text('text/plain; charset=iso-2022-jp', '\x1b$B\x1b(B\r\n')],
  ['JIS', 250, text('text/plain; charset=jis', 'a\r\n')],
  ['UTF-7', 250, text('text/plain; charset=utf-7', '+AGE-\r\n')],
  ['a charset that nobody knows', 250, text('text/plain; charset=__proto__', 'a\r\n')],
])('hostile: %s', async (_, code, data) => {
  const running = await ready(ParsingController);
  let reply: Awaited<ReturnType<DialogueClient['send']>> | undefined;
  const hold = await longestHold(async () => (reply = await running.client.send({ ...MAIL, data })));
  expect(reply).toMatchObject({ code });
  expect(hold).toBeLessThan(MAX_HOLD_MS);
  // The session goes on.
  expect(await running.client.send({ ...MAIL, data: MIXED })).toMatchObject({ code: 250 });
  await leave(running);
});

test('beside what reads the message as well it is a boot error', async () => {
  @Controller()
  class TwiceController {
    @SmtpData()
    receive(@SmtpParsed() _mail: LazyMessage, @SmtpMessage() _message: unknown) {}

    @SmtpData('*@x')
    undecorated(_message: unknown, @SmtpParsed() _mail: LazyMessage) {}
  }
  const module = await compile({ controllers: [TwiceController], options });
  const error = await module.init().then(() => undefined, String);
  expect(error).toMatch(/receive: @SmtpParsed\(\) of parameter 0 and @SmtpMessage\(\) of parameter 1 would both read/);
  expect(error).toMatch(
    /undecorated: @SmtpParsed\(\) of parameter 1 and the message, without decorator, of parameter 0/,
  );
  await module.close();
});

test('what is no limit does not load', () => {
  expect(() => SmtpParsed({ maxParts: 0 })).toThrow(/maxParts must be an integer/);
  expect(() => SmtpParsed({ parts: 1 } as object)).toThrow(/there is no limit parts/);
});
