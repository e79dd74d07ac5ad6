import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFixture } from '../../test/support/storage.js';
import { AccountExistsError, TooBusyError } from './account-directory.js';
import { EmbeddedAccountDirectory } from './embedded-account-directory.js';

describe('EmbeddedAccountDirectory', () => {
  let root: string;
  let fixture: StorageFixture;
  let accounts: EmbeddedAccountDirectory;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'accounts-'));
    fixture = await new StorageFixture(root).open();
    accounts = await EmbeddedAccountDirectory.open(fixture.storage.database);
    await accounts.create('Änne@Example.com', 'Straße 1');
  });
  afterAll(async () => {
    await fixture.close();
    await rm(root, { recursive: true, force: true });
  });

  test.each([
    ['as it was made', 'Änne@Example.com', 'Straße 1', true],
    ['in another case', 'äNNE@example.COM', 'Straße 1', true],
    ['in another composition', 'A\u0308nne@example.com', 'Straße 1', true],
    ['a password with another kind of space', 'änne@example.com', 'Straße\u00a01', true],
    ['a wrong password', 'änne@example.com', 'Strasse 1', false],
    ['a password in another case', 'änne@example.com', 'straße 1', false],
    ['an empty password', 'änne@example.com', '', false],
    ['a password of too many octets', 'änne@example.com', 'x'.repeat(1025), false],
    ['an unknown name', 'bob@example.com', 'Straße 1', false],
    ['an empty name', '', 'Straße 1', false],
    ['a name of too many octets', 'x'.repeat(321), 'Straße 1', false],
    ['a pattern', '%', 'Straße 1', false],
    ['a quote', "' OR 1=1 --", 'Straße 1', false],
  ])('verifies %s', async (_what, username, password, right) => {
    expect(await accounts.verify(username, password)).toEqual(right ? { username: 'Änne@Example.com' } : null);
  });

  test('keeps a hash of the agreed cost, and no password', async () => {
    const row = await fixture.storage.database.call('findAccount', 'änne@example.com');
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('refuses a name that is taken, and changes nothing', async () => {
    await expect(accounts.create('ÄNNE@example.com', 'other')).rejects.toBeInstanceOf(AccountExistsError);
    expect(await accounts.verify('änne@example.com', 'other')).toBeNull();
    expect(await accounts.exists('ÄNNE@example.com')).toBe(true);
    expect(await accounts.exists('bob')).toBe(false);
    expect(await accounts.count()).toBe(1);
  });

  test.each([
    ['', 'secret'],
    ['a\u0000b', 'secret'],
    ['x'.repeat(321), 'secret'],
    ['bob', ''],
    ['bob', 'a\nb'],
    ['bob', 'x'.repeat(1025)],
  ])('makes no account of %j and %j', async (username, password) => {
    await expect(accounts.create(username, password)).rejects.toBeInstanceOf(RangeError);
  });

  test('knows a login again, and takes an unknown name as long as a wrong password', async () => {
    const fresh = await EmbeddedAccountDirectory.open(fixture.storage.database);
    const took = async (username: string, password: string): Promise<number> => {
      const start = performance.now();
      await fresh.verify(username, password);
      return performance.now() - start;
    };
    // The smallest of several: the machine may be busy with something else at any one time.
    const least = async (times: readonly Promise<number>[]): Promise<number> => Math.min(...(await Promise.all(times)));
    const first = await took('änne@example.com', 'Straße 1');
    const again = await least([1, 2, 3].map(() => took('änne@example.com', 'Straße 1')));
    expect(again).toBeLessThan(first / 2);
    const wrong: number[] = [];
    const unknown: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      wrong.push(await took('änne@example.com', `wrong ${count}`));
      unknown.push(await took('nobody@example.com', `wrong ${count}`));
    }
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...wrong) / 2);
    expect(Math.min(...unknown)).toBeLessThan(Math.min(...wrong) * 2);
  });

  test('is too busy for many different logins at once, but not for many of one client', async () => {
    const fresh = await EmbeddedAccountDirectory.open(fixture.storage.database);
    const same = Array.from({ length: 200 }, () => fresh.verify('änne@example.com', 'Straße 1'));
    expect(new Set((await Promise.all(same)).map((account) => account?.username))).toEqual(
      new Set(['Änne@Example.com']),
    );

    const guesses = Array.from({ length: 100 }, (_none, count) => fresh.verify('änne@example.com', `guess ${count}`));
    const outcomes = await Promise.allSettled(guesses);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(100 - 64 - 2);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TooBusyError);
    expect(await fresh.verify('änne@example.com', 'Straße 1')).not.toBeNull();
  });
});
