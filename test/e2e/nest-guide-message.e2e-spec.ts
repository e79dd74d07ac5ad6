import type { Type } from '@nestjs/common';
import { InboxService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { startSmtp } from '../support/nest-smtp.js';

const PAGE = 'message.md';
const MAIL = { from: 'ann@example.com', to: ['bob@example.com'] };

describe('The message', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('one field of the header', async () => {
    const { SubjectController } = await examples.run<{ SubjectController: Type }>('header');
    const smtp = await startSmtp({
      controllers: [SubjectController],
      providers: [InboxService],
      options: { authOptional: true, recipients: 'any' },
    });
    const client = await smtp.connect();
    await client.ehlo();
    const spam = 'Subject: =?utf-8?q?=5Bspam=5D?= buy\r\n\r\nnow\r\n';
    expect(await client.send({ ...MAIL, data: spam })).toMatchObject({ code: 554, enhanced: '5.6.0' });
    const mail = 'Subject: hi\r\n\r\nhello\r\n';
    expect(await client.send({ ...MAIL, data: mail })).toMatchObject({ code: 250, lines: ['queued as 42'] });
    expect(smtp.app.get(InboxService).mails).toMatchObject([{ text: mail }]);
    await client.quit();
    await smtp.close();
  });

  test('the message taken apart', async () => {
    const { ReportController } = await examples.run<{ ReportController: Type<{ reports: Map<string, Buffer> }> }>(
      'parsed',
    );
    const smtp = await startSmtp({
      controllers: [ReportController],
      options: { authOptional: true, recipients: 'any' },
    });
    const client = await smtp.connect();
    await client.ehlo();
    await client.command('MAIL FROM:<>');
    await client.command('RCPT TO:<bob@example.com>');
    expect(await client.command('DATA')).toMatchObject({ code: 554, enhanced: '5.6.0' });
    expect(await client.send({ ...MAIL, data: 'Subject: none\r\n\r\n' })).toMatchObject({ code: 554 });
    const report = 'Subject: May\r\nContent-Type: text/csv\r\n\r\na,b\r\n';
    expect(await client.send({ ...MAIL, data: report })).toMatchObject({ code: 250, lines: ['thank you'] });
    expect(smtp.app.get(ReportController).reports.get('May')?.toString()).toBe('a,b\r\n');
    await client.quit();
    await smtp.close();
  });
});
