import { type INestApplication, Logger } from '@nestjs/common';
import type { SmtpServer } from 'smtp-engine';
import { connectInMemory, type DialogueClient } from 'smtp-engine/testing';
import { archived, InboxService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';

/** Each README is one program, from its first block to its last. */
function readme(library: string): CompiledExamples {
  const page = `libs/${library}/README.md`;
  const examples = CompiledExamples.of(page);
  afterAll(() => examples.remove());
  test('every block is part of it, and the compiler has no objection', () => {
    expect(readGuidePage(page).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });
  return examples;
}

beforeAll(() => Logger.overrideLogger(false));

describe('the README of nestjs-smtp', () => {
  const examples = readme('nestjs-smtp');

  test('takes a mail in memory, beside an application that listens', async () => {
    const { app, module, client } = await examples.run<{
      app: INestApplication;
      module: INestApplication;
      client: DialogueClient;
    }>('readme');
    await client.ehlo();
    expect(await client.authPlain('alice', 'secret')).toMatchObject({ code: 235 });
    const mail = { from: 'alice@example.com', to: ['bob@example.com'], data: 'Subject: hi\r\n\r\nhello\r\n' };
    expect((await client.send(mail)).raw).toEqual(['250 2.6.0 queued as 42']);
    expect(module.get(InboxService).mails).toMatchObject([{ recipients: ['bob@example.com'] }]);
    client.destroy();
    await module.close();
    await app.close();
  });
});

describe('the README of smtp-engine', () => {
  const examples = readme('smtp-engine');

  test('takes a mail', async () => {
    const { server } = await examples.run<{ server: SmtpServer }>('readme');
    const client = connectInMemory(server);
    await client.reply();
    await client.ehlo();
    const mail = { from: 'a@example.org', to: ['b@example.com'], data: 'hello\r\n' };
    expect((await client.send(mail)).raw).toEqual(['250 2.6.0 queued']);
    expect(archived).toEqual([{ recipients: ['b@example.com'], octets: 7 }]);
    client.destroy();
    await server.close();
  });
});
