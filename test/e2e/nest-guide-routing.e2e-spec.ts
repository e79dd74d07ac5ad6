import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { LogBook, running, type RunningSmtp } from '../support/nest-smtp.js';

const PAGE = 'routing.md';

describe('Routing', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  async function start(module: Type): Promise<RunningSmtp> {
    const log = new LogBook();
    const app = await Test.createTestingModule({ imports: [module] })
      .setLogger(log)
      .compile();
    await app.init();
    return running(app, log);
  }

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('tickets', async () => {
    type Tickets = { readonly replies: ReadonlyMap<string, readonly string[]> };
    const { TicketModule, TicketController } = await examples.run<{
      TicketModule: Type;
      TicketController: Type<Tickets>;
    }>('tickets');
    const smtp = await start(TicketModule);
    expect(smtp.log.find(/postmaster/)).toBeUndefined();
    const client = await smtp.connect();
    await client.ehlo();
    const send = async (...to: string[]): Promise<string> => {
      const { raw } = await client.send({ from: 'ann@example.org', to, data: 'hello\r\n' });
      await client.command('RSET');
      return raw.join();
    };
    expect(await send('support+17@example.com')).toBe('250 2.6.0 reply to ticket 17');
    expect(await send('support+18@example.com')).toMatch(/^550 5\.1\.1 /);
    expect(await send('a@archive.example.com', 'b@archive.example.com')).toBe('250 2.6.0 archived for 2');
    expect(await send('a@archive.example.com', 'support+17@example.com')).toMatch(/^452 4\.5\.3 /);
    expect(await send('bob@example.org')).toMatch(/^550 5\.1\.1 /);
    expect(await send('postmaster')).toMatch(/^250 /);
    expect(smtp.app.get(TicketController).replies.get('17')).toEqual(['hello\r\n']);
    await client.quit();
    await smtp.close();
  });

  test('tee', async () => {
    const { ArchiveModule, ArchiveController } = await examples.run<{
      ArchiveModule: Type;
      ArchiveController: Type<{ readonly stored: ReadonlyMap<string, number> }>;
    }>('tee');
    const smtp = await start(ArchiveModule);
    const client = await smtp.connect();
    await client.ehlo();
    const to = ['bob@example.com', 'a@archive.example.com'];
    expect(await client.send({ from: 'ann@example.org', to, data: 'hello\r\n' })).toMatchObject({ code: 250 });
    expect([...smtp.app.get(ArchiveController).stored.values()]).toEqual([7]);
    await client.quit();
    await smtp.close();
  });

  test('listeners', async () => {
    const { MailModule } = await examples.run<{ MailModule: Type }>('listeners');
    const smtp = await start(MailModule);
    const mx = await smtp.connect('mx');
    await mx.ehlo();
    const message = { from: 'ann@example.org', data: 'hello\r\n' };
    expect((await mx.send({ ...message, to: ['bob@example.com'] })).raw).toEqual(['250 2.6.0 received']);
    expect(await mx.send({ ...message, to: ['bob@example.org'] })).toMatchObject({ code: 550 });
    const submission = await smtp.connectSecurely('submission');
    expect(await submission.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    expect((await submission.send({ ...message, to: ['bob@example.org'] })).raw).toEqual(['250 2.6.0 sent']);
    await Promise.all([mx.quit(), submission.quit()]);
    await smtp.close();
  });
});
