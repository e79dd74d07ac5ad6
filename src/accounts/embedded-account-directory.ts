import { randomBytes } from 'node:crypto';
import type { Database } from '../store/sqlite/database.js';
import { AccountDirectory, AccountExistsError } from './account-directory.js';
import type { Account } from './account-directory.js';
import { PASSWORD_BYTES, USERNAME_BYTES, accountKey, isPassword, isUsername } from './account-names.js';
import { ConcurrencyGate } from './concurrency-gate.js';
import { hashPassword, verifyPassword } from './password-hash.js';
import { VerifiedLogins } from './verified-logins.js';

// Argon2 runs in libuv's pool of four threads, which file writes need, too; and it is all CPU.
const VERIFICATIONS_AT_ONCE = 2;
// Some 0.3 seconds of work. Who comes later than that is told to come again.
const MAX_WAITING = 64;

/** Accounts in the embedded database, passwords as Argon2id hashes. */
export class EmbeddedAccountDirectory extends AccountDirectory {
  private readonly gate = new ConcurrencyGate(VERIFICATIONS_AT_ONCE, MAX_WAITING);
  private readonly verified = new VerifiedLogins();
  private readonly verifying = new Map<string, Promise<boolean>>();

  private constructor(
    private readonly database: Database,
    private readonly nobodysHash: string,
  ) {
    super();
  }

  static async open(database: Database): Promise<EmbeddedAccountDirectory> {
    // Nobody knows this password: it is what an unknown name is verified against.
    return new EmbeddedAccountDirectory(database, await hashPassword(randomBytes(32).toString('base64')));
  }

  override async verify(username: string, password: string): Promise<Account | null> {
    if (!isUsername(username) || !isPassword(password)) return null;
    const key = accountKey(username);
    const account = await this.database.call('findAccount', key);
    const passwordHash = account?.passwordHash ?? this.nobodysHash;
    const isRight = await this.isRight(key, password, passwordHash);
    return account && isRight ? { username: account.username } : null;
  }

  override async create(username: string, password: string): Promise<Account> {
    if (!isUsername(username))
      throw new RangeError(`A user name has 1 to ${USERNAME_BYTES} octets and no control characters`);
    if (!isPassword(password))
      throw new RangeError(`A password has 1 to ${PASSWORD_BYTES} octets and no control characters`);
    const passwordHash = await this.gate.run(() => hashPassword(password));
    const added = await this.database.call('insertAccount', { key: accountKey(username), username, passwordHash });
    if (!added) throw new AccountExistsError(`There is an account of the name ${username} already`);
    return { username };
  }

  override async exists(username: string): Promise<boolean> {
    return (await this.database.call('findAccount', accountKey(username))) !== undefined;
  }

  override count(): Promise<number> {
    return this.database.call('countAccounts');
  }

  private async isRight(key: string, password: string, passwordHash: string): Promise<boolean> {
    const fingerprint = this.verified.fingerprint(key, password, passwordHash);
    if (this.verified.has(fingerprint)) return true;
    // All sessions of one client that log in at once share one verification.
    let verifying = this.verifying.get(fingerprint);
    if (!verifying) {
      verifying = this.gate.run(() => verifyPassword(passwordHash, password));
      this.verifying.set(fingerprint, verifying);
      verifying.finally(() => this.verifying.delete(fingerprint)).catch(() => undefined);
    }
    const isRight = await verifying;
    if (isRight) this.verified.add(fingerprint);
    return isRight;
  }
}
