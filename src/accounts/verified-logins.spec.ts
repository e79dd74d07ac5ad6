import { VERIFIED_FOR_MS, VerifiedLogins } from './verified-logins.js';

describe('VerifiedLogins', () => {
  test('remembers for a while', () => {
    let now = 0;
    const logins = new VerifiedLogins(() => now);
    const login = logins.fingerprint('ann', 'secret', 'hash');
    expect(logins.has(login)).toBe(false);
    logins.add(login);
    now = VERIFIED_FOR_MS - 1;
    expect(logins.has(login)).toBe(true);
    now = VERIFIED_FOR_MS;
    expect(logins.has(login)).toBe(false);
    logins.add(logins.fingerprint('bob', 'secret', 'hash'));
    expect(logins.size).toBe(1); // what has expired is forgotten
  });

  test.each([
    ['another name', ['anna', 'secret', 'hash']],
    ['another password', ['ann', 'Secret', 'hash']],
    ['a password changed since', ['ann', 'secret', 'hash2']],
    ['the same letters, cut in another place', ['anns', 'ecret', 'hash']],
  ])('does not take one login for one with %s', (_what, [name = '', password = '', hash = '']) => {
    const logins = new VerifiedLogins();
    logins.add(logins.fingerprint('ann', 'secret', 'hash'));
    expect(logins.has(logins.fingerprint(name, password, hash))).toBe(false);
  });

  test('means nothing to another process', () => {
    const parts = ['ann', 'secret', 'hash'] as const;
    expect(new VerifiedLogins().fingerprint(...parts)).not.toBe(new VerifiedLogins().fingerprint(...parts));
  });

  test('has a bound, and forgets the oldest first', () => {
    const logins = new VerifiedLogins(() => 0, 3);
    for (const login of ['a', 'b', 'c', 'a', 'd']) logins.add(login);
    expect(logins.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((login) => logins.has(login))).toEqual([true, false, true, true]);
  });
});
