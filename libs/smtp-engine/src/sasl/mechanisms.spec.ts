import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Exchange, type Response, saslContext } from '../../../../test/support/sasl.js';
import type { Credentials } from './credentials.js';
import { CramMd5Auth, LoginAuth, PlainAuth, XOAuth2Auth } from './credentials.js';
import { mechanisms } from './index.js';
import { SaslSyntaxError } from './mechanism.js';

/** Plays responses to a mechanism that need not wait. */
function play(name: string, ...responses: readonly Response[]): Exchange {
  const steps = mechanisms.get(name)!.exchange(saslContext()) as Generator<Buffer, Credentials, Buffer>;
  const challenges: string[] = [];
  let step = steps.next();
  for (const response of responses) {
    if (step.done === true) break;
    const challenge = step.value.toString();
    challenges.push(challenge);
    step = steps.next(Buffer.from(typeof response === 'function' ? response(challenge) : (response as string)));
  }
  return { challenges, credentials: step.done === true ? step.value : undefined };
}

const LONG = 'x'.repeat(200_000);
const NOT_UTF8 = Buffer.from([0xff, 0xfe]);

test('the list', () => {
  expect([...mechanisms.keys()]).toEqual([
    'PLAIN',
    'LOGIN',
    'CRAM-MD5',
    'XOAUTH2',
    'OAUTHBEARER',
    'SCRAM-SHA-1',
    'SCRAM-SHA-1-PLUS',
    'SCRAM-SHA-256',
    'SCRAM-SHA-256-PLUS',
    'EXTERNAL',
    'ANONYMOUS',
  ]);
  for (const [name, mechanism] of mechanisms) expect(mechanism.name).toBe(name);
});

describe('PLAIN', () => {
  test.each<[response: string, username: string, password: string, authcid: string, authzid: string]>([
    ['\0alice\0secret', 'alice', 'secret', 'alice', ''],
    ['bob\0alice\0secret', 'alice', 'secret', 'alice', 'bob'],
    ['alice\0alice\0secret', 'alice', 'secret', 'alice', 'alice'],
    ['bob\0\0secret', 'bob', 'secret', '', 'bob'],
    ['\0alice@example.com\0 pass word ', 'alice@example.com', ' pass word ', 'alice@example.com', ''],
    ['\0älice\0pässwörd😀', 'älice', 'pässwörd😀', 'älice', ''],
    [`\0${LONG}\0${LONG}`, LONG, LONG, LONG, ''],
  ])('takes response %#', (response, username, password, authcid, authzid) => {
    const { challenges, credentials } = play('PLAIN', response);
    expect(challenges).toEqual(['']);
    expect(credentials).toBeInstanceOf(PlainAuth);
    const { method, ...fields } = credentials as PlainAuth;
    expect(method).toBe('PLAIN');
    expect({ ...fields }).toEqual({ username, password, authcid, authzid });
  });

  test.each<[what: string, response: string | Buffer]>([
    ['nothing', ''],
    ['no NUL', 'alice'],
    ['one NUL', 'alice\0secret'],
    ['three NULs', '\0alice\0secret\0'],
    ['a NUL in the password', '\0alice\0sec\0ret'],
    ['no user', '\0\0secret'],
    ['no password', '\0alice\0'],
    ['NULs only', '\0\0'],
    ['a user that is not UTF-8', Buffer.concat([Buffer.from('\0a'), NOT_UTF8, Buffer.from('\0b')])],
    ['a password that is not UTF-8', Buffer.concat([Buffer.from('\0a\0b'), NOT_UTF8])],
    ['many NULs', '\0'.repeat(200_000)],
  ])('refuses %s', (_what, response) => expect(() => play('PLAIN', response)).toThrow(SaslSyntaxError));
});

describe('LOGIN', () => {
  test('asks for the user name, then for the password', () => {
    const { challenges, credentials } = play('LOGIN', 'älice', 'pässwörd');
    expect(challenges).toEqual(['Username:', 'Password:']);
    expect(credentials).toEqual(new LoginAuth('älice', 'pässwörd'));
    expect(credentials?.method).toBe('LOGIN');
  });

  test('takes long ones', () => {
    expect(play('LOGIN', LONG, LONG).credentials).toEqual(new LoginAuth(LONG, LONG));
  });

  test.each<[what: string, responses: (string | Buffer)[]]>([
    ['no user', ['']],
    ['no password', ['alice', '']],
    ['a user that is not UTF-8', [NOT_UTF8]],
    ['a password that is not UTF-8', ['alice', NOT_UTF8]],
  ])('refuses %s', (_what, responses) => expect(() => play('LOGIN', ...responses)).toThrow(SaslSyntaxError));
});

describe('CRAM-MD5', () => {
  const digest = '0123456789abcdef0123456789abcdef';

  test('sends a challenge that nobody can foretell', () => {
    const challenges = Array.from({ length: 50 }, () => play('CRAM-MD5', `a ${digest}`).challenges[0]);
    expect(new Set(challenges).size).toBe(50);
    for (const challenge of challenges) expect(challenge).toMatch(/^<[0-9a-f]{32}\.\d{10}@mx\.example>$/);
  });

  test.each([
    [`alice ${digest}`, 'alice'],
    [`alice ${digest.toUpperCase()}`, 'alice'],
    [`Alice B. ${digest}`, 'Alice B.'],
    [`älice ${digest}`, 'älice'],
    [`a\nb ${digest}`, 'a\nb'], // AUTH refuses control characters of any mechanism
  ])('takes %j', (response, username) => {
    const { challenges, credentials } = play('CRAM-MD5', response);
    expect(credentials).toEqual(new CramMd5Auth(username, challenges[0]!, digest));
  });

  test.each<[what: string, response: string | Buffer]>([
    ['nothing', ''],
    ['no digest', 'alice'],
    ['no user', ` ${digest}`],
    ['a digest alone', digest],
    ['a short digest', `alice ${digest.slice(1)}`],
    ['a long digest', `alice ${digest}0`],
    ['a digest that is none', `alice ${digest.slice(1)}g`],
    ['text behind the digest', `alice ${digest} `],
    ['octets that are no UTF-8', Buffer.concat([NOT_UTF8, Buffer.from(` ${digest}`)])],
    ['blanks', ' '.repeat(200_000)],
  ])('refuses %s', (_what, response) => expect(() => play('CRAM-MD5', response)).toThrow(SaslSyntaxError));
});

describe('XOAUTH2', () => {
  test.each<[response: string, username: string, token: string]>([
    ['user=alice@example.com\u0001auth=Bearer ya29.token\u0001\u0001', 'alice@example.com', 'ya29.token'],
    ['auth=Bearer t\u0001user=alice\u0001\u0001', 'alice', 't'],
    ['user=alice\u0001auth=bearer   t', 'alice', 't'],
    ['user=älice\u0001host=x\u0001auth=Bearer t\u0001\u0001', 'älice', 't'],
    [`user=alice\u0001auth=Bearer ${LONG}\u0001\u0001`, 'alice', LONG],
  ])('takes response %#', (response, username, token) => {
    const { challenges, credentials } = play('XOAUTH2', response);
    expect(challenges).toEqual(['']);
    expect(credentials).toEqual(new XOAuth2Auth(username, token));
  });

  test.each<[what: string, response: string | Buffer]>([
    ['nothing', ''],
    ['no user', 'auth=Bearer t\u0001\u0001'],
    ['an empty user', 'user=\u0001auth=Bearer t\u0001\u0001'],
    ['no token', 'user=alice\u0001\u0001'],
    ['an empty token', 'user=alice\u0001auth=Bearer \u0001\u0001'],
    ['a token with a blank', 'user=alice\u0001auth=Bearer a b\u0001\u0001'],
    ['another scheme', 'user=alice\u0001auth=Basic t\u0001\u0001'],
    ['octets that are no UTF-8', Buffer.concat([Buffer.from('user='), NOT_UTF8, Buffer.from('\u0001auth=Bearer t')])],
    ['separators', '\u0001'.repeat(200_000)],
  ])('refuses %s', (_what, response) => expect(() => play('XOAUTH2', response)).toThrow(SaslSyntaxError));

  test('says with JSON why it failed', () => {
    const { failureChallenge } = mechanisms.get('XOAUTH2')!;
    expect(JSON.parse(failureChallenge!(undefined).toString())).toEqual({
      status: '401',
      schemes: 'bearer',
      scope: 'https://mail.google.com/',
    });
    expect(JSON.parse(failureChallenge!({ status: '400' }).toString())).toEqual({ status: '400' });
  });
});

test.each(['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'])(
  '%s gives credentials or a SaslSyntaxError, whatever comes, in little time',
  (name) => {
    const response = fc.oneof(fc.uint8Array(), fc.string({ unit: fc.constantFrom('\0', ' ', 'a', 'user=', '\u0001') }));
    const start = performance.now();
    fc.assert(
      fc.property(fc.array(response, { minLength: 2, maxLength: 2 }), (responses) => {
        try {
          const { credentials } = play(name, ...responses.map((octets) => Buffer.from(octets as string)));
          expect(credentials!.username).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(SaslSyntaxError);
        }
      }),
    );
    expect(performance.now() - start).toBeLessThan(2000);
  },
);
