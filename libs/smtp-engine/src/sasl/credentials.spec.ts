import { describe, expect, test } from '@jest/globals';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import {
  AnonymousAuth,
  CramMd5Auth,
  LoginAuth,
  OAuthBearerAuth,
  PasswordAuth,
  PlainAuth,
  XClientAuth,
  XOAuth2Auth,
} from './credentials.js';

const SECRET = 'correct-horse';

const all = [
  new PlainAuth('alice', SECRET, 'alice', 'bob'),
  new LoginAuth('alice', SECRET),
  new CramMd5Auth('alice', '<1.2@mx>', SECRET),
  new XOAuth2Auth('alice', SECRET),
  new OAuthBearerAuth('alice', SECRET),
];

/** What `console.log()` would print. */
function logged(...values: readonly unknown[]): string {
  let text = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  new Console({ stdout }).log(...values);
  return text;
}

describe.each(all.map((credentials) => [credentials.method, credentials] as const))('%s', (method, credentials) => {
  test('shows neither its secret nor hides who it is', () => {
    const nested = { session: { credentials }, list: [credentials], map: new Map([['c', credentials]]) };
    const error = new Error('no', { cause: credentials });
    const texts = [
      inspect(credentials),
      inspect(nested, { depth: 9 }),
      inspect(nested, { depth: 9, showHidden: true, getters: true }),
      format('%s %o %O %j', credentials, credentials, credentials, credentials),
      inspect(error),
      JSON.stringify(credentials),
      JSON.stringify(nested),
      logged(credentials, nested),
    ];
    for (const text of texts) expect(text).not.toContain(SECRET);
    for (const text of texts.slice(0, 2)) expect(text).toContain('alice');
    expect(JSON.parse(JSON.stringify(credentials))).toMatchObject({ method, username: 'alice' });
    credentials.wipe();
    expect(credentials.username).toBe('alice');
  });
});

test('names the identities', () => {
  expect(new PlainAuth('alice', 'x', 'alice', 'bob')).toMatchObject({ authcid: 'alice', authzid: 'bob' });
  expect(new PlainAuth('alice', 'x')).toMatchObject({ authcid: 'alice', authzid: '' });
  expect(new XClientAuth('alice')).toMatchObject({ method: 'XCLIENT', username: 'alice', password: null });
  expect(new OAuthBearerAuth('alice', 'x')).toMatchObject({ authcid: '', authzid: 'alice' });
  expect(new AnonymousAuth('me')).toMatchObject({ username: 'anonymous', authzid: '', trace: 'me' });
  expect(new LoginAuth('alice', 'x')).toBeInstanceOf(PasswordAuth);
});

describe('CramMd5Auth.validatePassword', () => {
  // RFC 2195 §2: the example.
  const challenge = '<1896.697170952@postoffice.reston.mci.net>';
  const response = 'b913a602c7eda7a495b4e6e7334d3890';

  test('knows the password', () => {
    expect(new CramMd5Auth('tim', challenge, response).validatePassword('tanstaaftanstaaf')).toBe(true);
  });

  test.each([
    ['another password', response, 'tanstaaf'],
    ['no password', response, ''],
    ['another digest', response.replace('b', 'c'), 'tanstaaftanstaaf'],
    ['a short digest', response.slice(2), 'tanstaaftanstaaf'],
    ['a long digest', `${response}00`, 'tanstaaftanstaaf'],
    ['no digest', '', 'tanstaaftanstaaf'],
    ['a digest that is none', 'zz', 'tanstaaftanstaaf'],
  ])('refuses %s', (_what, digest, password) => {
    expect(new CramMd5Auth('tim', challenge, digest).validatePassword(password)).toBe(false);
  });
});
