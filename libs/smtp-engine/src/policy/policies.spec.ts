import { describe, expect, test } from '@jest/globals';
import { authFailureDelay, authFailuresExhausted } from './auth-failure-budget.js';
import { countsWithoutMail, exceedsCommandsWithoutMail } from './commands-without-mail.js';
import { mayAuthenticate } from './tls-before-auth.js';
import { countsAsUnauthenticated, exceedsUnauthenticatedLimit } from './unauthenticated-command-limit.js';

describe('TLS before AUTH', () => {
  test.each([
    [true, false, true],
    [true, true, true],
    [false, true, true],
    [false, false, false],
  ])('secure %p, allowInsecureAuth %p: %p', (secure, allowInsecureAuth, expected) => {
    expect(mayAuthenticate({ secure, allowInsecureAuth })).toBe(expected);
  });
});

describe('commands before login', () => {
  test.each(['AUTH', 'STARTTLS', 'QUIT'])('%s does not count', (verb) => {
    expect(countsAsUnauthenticated(verb)).toBe(false);
  });
  test.each(['EHLO', 'HELO', 'MAIL', 'NOOP', 'RSET', 'XCLIENT', 'NONSENSE', '', 'auth', 'CONSTRUCTOR'])(
    '%j counts',
    (verb) => expect(countsAsUnauthenticated(verb)).toBe(true),
  );

  test.each<[limit: number | false, commands: number, exceeded: boolean]>([
    [10, 0, false],
    [10, 10, false],
    [10, 11, true],
    [1, 1, false],
    [1, 2, true],
    [false, 1_000_000, false],
  ])('limit %p, command number %p: %p', (limit, commands, exceeded) => {
    const view = { maxAllowedUnauthenticatedCommands: limit, unauthenticatedCommands: commands };
    expect(exceedsUnauthenticatedLimit(view)).toBe(exceeded);
  });
});

describe('commands without mail', () => {
  test.each([
    [50, 50, false],
    [50, 51, true],
    [1, 2, true],
    [false, 1_000_000, false],
  ] as const)('a limit of %p, the present command is number %p: exceeded %p', (limit, number, exceeded) => {
    expect(exceedsCommandsWithoutMail({ maxCommandsWithoutMail: limit, commandsWithoutMail: number })).toBe(exceeded);
  });

  test('what a message consists of does not count, nor the ways to log in, to encrypt and to leave', () => {
    const verbs = [
      'EHLO',
      'MAIL',
      'NOOP',
      'RSET',
      'VRFY',
      'XYZZY',
      '',
      'RCPT',
      'DATA',
      'BDAT',
      'AUTH',
      'STARTTLS',
      'QUIT',
    ];
    expect(verbs.filter(countsWithoutMail)).toEqual(['EHLO', 'MAIL', 'NOOP', 'RSET', 'VRFY', 'XYZZY', '']);
  });
});

describe('failed logins', () => {
  test.each<[limit: number | false, failures: number, exhausted: boolean]>([
    [10, 0, false],
    [10, 9, false],
    [10, 10, true],
    [1, 1, true],
    [false, 1_000_000, false],
  ])('limit %p, failures %p: %p', (maxFailedLogins, failedLogins, exhausted) => {
    expect(authFailuresExhausted({ maxFailedLogins, failedLogins })).toBe(exhausted);
  });

  test.each<[delay: number | false, maximum: number, delays: number[]]>([
    [250, 4000, [0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000]],
    [100, 300, [0, 0, 100, 200, 300, 300]],
    [500, 300, [0, 0, 300, 300]],
    [false, 4000, [0, 0, 0, 0]],
  ])('delay %p, at most %p', (authFailureDelayMs, maxAuthFailureDelayMs, delays) => {
    const view = { authFailureDelayMs, maxAuthFailureDelayMs };
    expect(delays.map((_, failedLogins) => authFailureDelay({ ...view, failedLogins }))).toEqual(delays);
    expect(authFailureDelay({ ...view, failedLogins: 1_000_000 })).toBe(delays.at(-1));
  });
});
