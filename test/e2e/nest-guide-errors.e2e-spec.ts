import type { Type } from '@nestjs/common';
import { MailboxesService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { startSmtp } from '../support/nest-smtp.js';

const PAGE = 'errors.md';

describe('Errors', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('the replies are as told, and the id in the reply is the one in the log', async () => {
    const { MailController } = await examples.run<{ MailController: Type }>('errors');
    const smtp = await startSmtp({
      controllers: [MailController],
      providers: [MailboxesService],
      options: { authOptional: true, size: 1000 },
    });
    const client = await smtp.connect();
    await client.ehlo();
    await client.command('MAIL FROM:<a@b>');
    const said = async (address: string) => (await client.command(`RCPT TO:<${address}>`)).raw[0]!;
    expect(await said('x@old.example')).toBe('551 5.1.6 Try new.example');
    expect(await said('full@example.com')).toBe('452 4.2.2 Mailbox full, try again tomorrow');
    expect(await said('nobody@example.com')).toBe('550 5.1.1 Mailbox unavailable');
    const broken = await said('broken@example.com');
    const id = /^451 4\.3\.0 Local error in processing, try again later \(([\da-f-]{36})\)$/.exec(broken)![1]!;
    expect(smtp.log.find(/10\.1\.2\.3 refused/)).toContain(id);
    expect(await said('alice@example.com')).toMatch(/^250/);
    await client.command('DATA');
    expect(await client.command(`${'x'.repeat(1200)}\r\n.`)).toMatchObject({ code: 552, enhanced: '5.3.4' });
    client.destroy();
    await smtp.close();
  });
});
