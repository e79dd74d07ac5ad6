import type { Type } from '@nestjs/common';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { base64, startSmtp } from '../support/nest-smtp.js';
import { ScramClient } from '../support/sasl.js';

const PAGE = 'stages.md';

describe('Stages', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('connection and commands', async () => {
    const { ConnectionController } = await examples.run<{ ConnectionController: Type<{ open: Set<string> }> }>(
      'connection',
    );
    const { CommandController } = await examples.run<{ CommandController: Type }>('commands');
    const smtp = await startSmtp({
      controllers: [ConnectionController, CommandController],
      options: { authOptional: true, recipients: 'any' },
    });
    const { open } = smtp.app.get(ConnectionController);
    const client = await smtp.connect();
    expect(open.size).toBe(1);
    expect((await client.ehlo('localhost')).code).toBe(550);
    await client.ehlo();
    expect((await client.startTls()).code).toBe(220);
    expect((await client.ehlo()).code).toBe(250);
    expect((await client.command('XSTATUS')).raw).toEqual(['250 2.0.0 all is well']);
    expect((await client.command('VRFY postmaster')).raw[0]).toMatch(/^250 2\.1\.5 Postmaster/);
    expect((await client.command('VRFY ann')).code).toBe(252);
    await client.quit();
    await smtp.close();
    expect(open.size).toBe(0);
  });

  test('SCRAM', async () => {
    const { ScramController } = await examples.run<{ ScramController: Type }>('scram');
    const smtp = await startSmtp({ controllers: [ScramController] });
    const client = await smtp.connectSecurely();
    const scram = new ScramClient({ username: 'ann', password: 'correct horse' });
    const first = await client.command(`AUTH SCRAM-SHA-256 ${base64(scram.first())}`);
    const final = await client.command(base64(scram.final(Buffer.from(first.lines[0]!, 'base64').toString())));
    expect(Buffer.from(final.lines[0]!, 'base64').toString()).toBe(scram.expected);
    expect((await client.command('')).code).toBe(235);
    await client.quit();
    await smtp.close();
  });
});
