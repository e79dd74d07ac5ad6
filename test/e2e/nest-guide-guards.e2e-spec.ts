import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { CanActivate, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { connectTestClient, withoutPorts } from 'nestjs-smtp/testing';
import { UsersService } from '../guide/fixtures.js';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { startSmtp } from '../support/nest-smtp.js';

const PAGE = 'guards.md';

describe('Guards', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('the guard of the application lets stages pass that are not its own', async () => {
    const { NotOnSundays } = await examples.run<{ NotOnSundays: Type<CanActivate> }>('own');
    const http = { getType: () => 'http' };
    expect(new NotOnSundays().canActivate(http as never)).toBe(true);
  });

  test('the office logs in in clear', async () => {
    const { AppModule } = await examples.run<{ AppModule: Type }>('rules');
    const module = await withoutPorts(Test.createTestingModule({ imports: [AppModule] }))
      .setLogger(false as never)
      .compile();
    for (const [remoteAddress, code] of [
      ['10.1.2.3', 235],
      ['192.0.2.1', 538],
    ] as const) {
      const client = await connectTestClient(module, { remoteAddress });
      await client.ehlo();
      expect(await client.authPlain('alice', 'secret')).toMatchObject({ code });
      client.destroy();
    }
    await module.close();
  });

  test('the guards in the box', async () => {
    const { SubmissionController } = await examples.run<{ SubmissionController: Type }>('box');
    const smtp = await startSmtp({
      controllers: [SubmissionController],
      providers: [UsersService],
      options: { authFailureDelayMs: false },
    });
    const client = await smtp.connectSecurely();
    expect(await client.authPlain('alice', 'secret')).toMatchObject({ code: 235 });
    expect(await client.command('MAIL FROM:<bob@example.com>')).toMatchObject({ code: 550, enhanced: '5.7.1' });
    expect(await client.command('MAIL FROM:<alice@alias.example>')).toMatchObject({ code: 250 });
    client.destroy();
    await smtp.close();
  });

  test('limits in Redis: with none there, the application counts alone', async () => {
    const { AppModule } = await examples.run<{ AppModule: Type }>('redis');
    const nowhere = new Redis({ port: 1, host: '127.0.0.1', retryStrategy: () => 200, disconnectTimeout: 50 });
    const testing = withoutPorts(Test.createTestingModule({ imports: [AppModule] }));
    const module = await testing
      .overrideProvider(Redis)
      .useValue(nowhere)
      .setLogger(false as never)
      .compile();
    const client = await connectTestClient(module);
    await client.ehlo();
    await client.startTls();
    await client.ehlo();
    expect(await client.authPlain('alice', 'secret')).toMatchObject({ code: 235 });
    const codes: number[] = [];
    for (let time = 0; time < 3; time++) {
      codes.push((await client.command('MAIL FROM:<alice@example.com>')).code);
      await client.command('RSET');
    }
    expect(codes).toEqual([250, 250, 451]);
    client.destroy();
    await module.close();
    // Closed with the application: it would have tried again by now.
    const tries = jest.fn();
    nowhere.on('connecting', tries);
    await sleep(500);
    expect(tries).not.toHaveBeenCalled();
  });
});
