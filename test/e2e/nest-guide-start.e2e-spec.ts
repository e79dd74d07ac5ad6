import { type INestMicroservice, Logger } from '@nestjs/common';
import { CompiledExamples, readDialogue, readGuidePage } from '../support/guide-examples.js';
import { InboxService } from '../guide/fixtures.js';
import { type RunningSmtp, running } from '../support/nest-smtp.js';

const PAGE = 'getting-started.md';

describe('Getting started', () => {
  const examples = CompiledExamples.of(PAGE);
  let smtp: RunningSmtp;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const { app } = await examples.run<{ app: INestMicroservice }>('getting-started');
    smtp = running(app);
  });
  afterAll(async () => {
    await smtp.close();
    examples.remove();
  });

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('the application says what the dialogue shows', async () => {
    const client = await smtp.connect();
    await client.ehlo();
    await client.startTls();
    let said: string[] = [];
    let expected: string[] = [];
    for (const line of readDialogue(PAGE)) {
      if (!/^\d{3}[ -]/.test(line)) said.push(line);
      else expected.push(line);
      if (!/^\d{3} /.test(line)) continue;
      expect((await client.command(said.join('\r\n'))).raw).toEqual(expected);
      [said, expected] = [[], []];
    }
    expect(smtp.app.get(InboxService).mails).toMatchObject([
      { user: { name: 'alice' }, recipients: ['bob@example.com'], text: 'Subject: hello\r\n\r\nIt works.\r\n' },
    ]);
  });
});
