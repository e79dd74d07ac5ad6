import { Controller } from '@nestjs/common';
import { MessageStream, SmtpData, SmtpHeader, SmtpMessage } from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { startSmtp } from '../support/nest-smtp.js';

const MAIL = { from: 'ann@example.com', to: ['bob@example.com'] };
const options = { authOptional: true, recipients: 'any' } as const;

@Controller()
class HeaderController {
  readonly seen: { subject: string | undefined; to: string | undefined; text: string }[] = [];

  @SmtpData()
  async receive(
    @SmtpHeader('Subject') subject: string | undefined,
    @SmtpHeader('x-to') to: string | undefined,
    @SmtpMessage() message: MessageStream,
  ) {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    this.seen.push({ subject, to, text: Buffer.concat(chunks).toString() });
  }
}

@Controller()
class ListeningController {
  seen = '';

  @SmtpData()
  receive(@SmtpHeader('subject') subject: string | undefined, @SmtpMessage() message: MessageStream) {
    // The oldest way to read a stream: it has to flow at once.
    return new Promise<string>((resolve, reject) => {
      message.on('data', (chunk: Buffer) => (this.seen += chunk.toString()));
      message.on('end', () => resolve(subject ?? 'none')).on('error', reject);
    });
  }
}

async function ready(controller: new () => object) {
  const smtp = await startSmtp({ controllers: [controller], options });
  const client = await smtp.connect();
  await client.ehlo();
  return { smtp, client };
}

async function upToDot(client: DialogueClient): Promise<void> {
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<bob@example.com>');
  expect(await client.command('DATA')).toMatchObject({ code: 354 });
}

test.each([
  ['a body behind', 'X-To: a\r\nSubject: hi\r\n\r\nhello\r\n', 'hi', 'a'],
  ['no body', 'Subject: hi\r\n', 'hi', undefined],
  ['no header', '\r\nSubject: body\r\n', undefined, undefined],
  ['the first counts', 'subject: one\r\nSUBJECT: two\r\n\r\n', 'one', undefined],
  ['folded', 'Subject: one\r\n two\r\n\tthree\r\n\r\n', 'one two\tthree'.replace('\t', ' '), undefined],
  ['encoded', 'Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= =?UTF-8?B?4oKs?= x\r\n\r\n', 'grüße€ x', undefined],
  ['large', `Subject: big\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(20_000)}`, 'big', undefined],
])('%s', async (_, data, subject, to) => {
  const { smtp, client } = await ready(HeaderController);
  expect(await client.send({ ...MAIL, data })).toMatchObject({ code: 250 });
  const [seen] = smtp.app.get(HeaderController).seen;
  expect(seen).toMatchObject({ subject, to });
  expect(seen!.text === data).toBe(true);
  await client.quit();
  await smtp.close();
});

test('a message without an octet, and one that comes in pieces', async () => {
  const { smtp, client } = await ready(HeaderController);
  await upToDot(client);
  expect(await client.command('.')).toMatchObject({ code: 250 });
  await upToDot(client);
  for (const piece of ['Sub', 'ject: a', '\r', '\n', '\r', '\nbo', 'dy\r\n.\r\n']) {
    client.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await client.reply()).toMatchObject({ code: 250 });
  expect(smtp.app.get(HeaderController).seen).toEqual([
    { subject: undefined, to: undefined, text: '' },
    { subject: 'a', to: undefined, text: 'Subject: a\r\n\r\nbody\r\n' },
  ]);
  await client.quit();
  await smtp.close();
});

test('whoever listens to data gets it from the beginning', async () => {
  const { smtp, client } = await ready(ListeningController);
  const data = 'Subject: flows\r\n\r\nbody\r\n';
  expect(await client.send({ ...MAIL, data })).toMatchObject({ code: 250, lines: ['flows'] });
  expect(smtp.app.get(ListeningController).seen).toBe(data);
  await client.quit();
  await smtp.close();
});

test('a header without end is 552 5.3.4, and the session goes on', async () => {
  const { smtp, client } = await ready(HeaderController);
  const data = `X: ${'x'.repeat(70)}\r\n`.repeat(8_000);
  expect(await client.send({ ...MAIL, data })).toMatchObject({ code: 552, enhanced: '5.3.4' });
  expect(await client.send({ ...MAIL, data: 'Subject: a\r\n\r\n' })).toMatchObject({ code: 250 });
  expect(smtp.app.get(HeaderController).seen).toHaveLength(1);
  await client.quit();
  await smtp.close();
});

test('what is no name of a field does not load', () => {
  expect(() => SmtpHeader('sub ject')).toThrow(TypeError);
  expect(() => SmtpHeader('subject:')).toThrow(TypeError);
});
