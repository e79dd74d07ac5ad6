import type { Request } from 'express';
import { AdminAccess } from './admin-access.js';

const access = new AdminAccess({ value: 'secret' });

function allows(headers: Request['headers']): boolean {
  return access.allows({ headers } as Request);
}

test.each([
  [true, { authorization: 'Bearer secret' }],
  [true, { authorization: 'bearer  secret' }],
  [true, { cookie: 'a=b; smtp_admin=secret' }],
  [true, { cookie: 'smtp_admin=%73ecret' }],
  [false, {}],
  [false, { authorization: 'secret' }],
  [false, { authorization: 'Bearer secret x' }],
  [false, { authorization: 'Bearer Secret' }],
  [false, { authorization: 'Bearer', cookie: 'smtp_admin=secret' }],
  [false, { cookie: 'smtp_admin2=secret' }],
  [false, { cookie: 'smtp_admin=%' }],
  [false, { cookie: '__proto__=secret' }],
])('%p for %p', (expected, headers) => expect(allows(headers)).toBe(expected));

test('an empty token is a mistake at the start', () => {
  expect(() => new AdminAccess({ value: '' })).toThrow(TypeError);
});
