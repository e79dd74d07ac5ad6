import { randomBytes } from 'node:crypto';
import type { AppConfig } from '../config/app-config.js';
import type { AccountDirectory } from './account-directory.js';

// No sign that a shell, a URL or `curl --user` reads in a way of its own.
const DEVELOPMENT_USER = 'demo';
const PASSWORD_BYTES = 15;

/** What the start did so that somebody can log in. An abstract class, so that it is its own injection token. */
export abstract class FirstAccount {
  /** BOOTSTRAP_USER, or the account that this start made; undefined when there was nothing to do. */
  abstract readonly username: string | undefined;
  /** Only for an account that this start made with a password of its own: print it, it is kept nowhere else. */
  abstract readonly password: string | undefined;
  /** Whether this start made the account. */
  abstract readonly created: boolean;
}

const NOTHING_TO_DO: FirstAccount = Object.freeze({ username: undefined, password: undefined, created: false });

/**
 * With BOOTSTRAP_USER that account is made when it is absent, and left as it is when present. Without it, in
 * development, a first start with no account at all makes one with a random password.
 */
export async function makeFirstAccount(config: AppConfig, accounts: AccountDirectory): Promise<FirstAccount> {
  const { bootstrapUser, bootstrapPassword, production } = config;
  if (bootstrapUser !== undefined && bootstrapPassword !== undefined) {
    const created = await createIfAbsent(accounts, bootstrapUser, bootstrapPassword);
    return { username: bootstrapUser, password: undefined, created };
  }
  if (production || (await accounts.count()) > 0) return NOTHING_TO_DO;
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  await accounts.create(DEVELOPMENT_USER, password);
  return { username: DEVELOPMENT_USER, password, created: true };
}

async function createIfAbsent(accounts: AccountDirectory, username: string, password: string): Promise<boolean> {
  if (await accounts.exists(username)) return false;
  await accounts.create(username, password);
  return true;
}
