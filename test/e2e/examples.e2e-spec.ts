import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestMicroservice, Logger } from '@nestjs/common';
import { Mailboxes } from '../../examples/lmtp-delivery/mailboxes.js';
import { Tickets } from '../../examples/support-tickets/tickets.js';
import { running, type RunningSmtp } from '../support/nest-smtp.js';

const folder = mkdtempSync(join(tmpdir(), 'examples-'));
const before = { ...process.env };
let example: RunningSmtp;

beforeAll(() => {
  Object.assign(process.env, { PORT: '0', MAIL_DIR: folder });
  Logger.overrideLogger(false);
});
afterEach(() => example.close());
afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true });
});

/** Runs main.ts of an example, as its user does. */
async function start(main: Promise<{ app: INestMicroservice }>): Promise<RunningSmtp> {
  return (example = running((await main).app));
}

test('login and store: a standard client logs in, its mail is a file', async () => {
  const smtp = await start(import('../../examples/login-and-store/main.js'));
  const mailer = smtp.mailer({ user: 'ann', pass: 'secret' });
  const mail = { to: 'bob@elsewhere.example', subject: 'hi', text: 'hello' };
  try {
    const sent = await mailer.sendMail({ ...mail, from: 'ann@example.com' });
    const id = /^250 2\.6\.0 kept as (\S+)$/.exec(String(sent.response))![1]!;
    expect(readdirSync(folder)).toEqual([`${id}.eml`]);
    const text = readFileSync(join(folder, `${id}.eml`), 'utf8');
    expect(text).toMatch(/^Received: from [^]* with ESMTPSA id [^]*\r\nSubject: hi\r\n[^]*\r\nhello\r\n$/);
    await expect(mailer.sendMail({ ...mail, from: 'bob@example.com' })).rejects.toMatchObject({ responseCode: 553 });
  } finally {
    mailer.close();
  }
  const client = await smtp.connectSecurely();
  expect(await client.authPlain('ann', 'wrong')).toMatchObject({ code: 535 });
  expect(await client.authPlain('nobody', 'secret')).toMatchObject({ code: 535 });
  await client.quit();
});

test('support tickets: the recipient says which ticket a mail is about', async () => {
  const smtp = await start(import('../../examples/support-tickets/main.js'));
  const mailer = smtp.mailer();
  try {
    const mail = { from: 'carl@elsewhere.example', subject: 'Re: printer', text: 'it works again' };
    const sent = await mailer.sendMail({ ...mail, to: 'support+4711@example.com' });
    expect(sent.response).toBe('250 2.6.0 added to 4711');
    expect(smtp.app.get(Tickets).commentsOn('4711')).toEqual([
      { from: 'carl@elsewhere.example', subject: 'Re: printer', text: 'it works again\n' },
    ]);
    await expect(mailer.sendMail({ ...mail, to: 'support+1@example.com' })).rejects.toThrow(/There is no ticket 1/);
    await expect(mailer.sendMail({ ...mail, to: 'ann@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    expect((await mailer.sendMail({ ...mail, to: 'postmaster@example.com' })).response).toMatch(/^250 /);
  } finally {
    mailer.close();
  }
});

test('LMTP delivery: each recipient has a reply', async () => {
  const smtp = await start(import('../../examples/lmtp-delivery/main.js'));
  const client = await smtp.connect();
  expect(await client.command('LHLO mx.example.com')).toMatchObject({ code: 250 });
  await client.command('MAIL FROM:<carl@elsewhere.example>');
  expect(await client.command('RCPT TO:<eve@example.com>')).toMatchObject({ code: 550 });
  await client.command('RCPT TO:<ann@example.com>');
  await client.command('RCPT TO:<bob@example.com>');
  await client.command('DATA');
  expect((await client.command('Subject: hi\r\n\r\nhello\r\n.')).raw).toEqual([
    '250 2.6.0 delivered to ann@example.com',
  ]);
  expect((await client.reply()).raw).toEqual(['452 4.2.2 Mailbox full']);
  const [mail] = smtp.app.get(Mailboxes).messagesOf('ann@example.com');
  expect(mail!.toString()).toBe('Return-Path: <carl@elsewhere.example>\r\nSubject: hi\r\n\r\nhello\r\n');
  await client.quit();
});
