/** Somebody who may log in. */
export interface Account {
  /** The name as it was given when the account was made, whatever case the client wrote it in. */
  readonly username: string;
}

/** The name belongs to an account already. */
export class AccountExistsError extends Error {
  override readonly name = 'AccountExistsError';
}

/** More logins wait than can be verified in reasonable time: the client may try again later (454 4.7.0). */
export class TooBusyError extends Error {
  override readonly name = 'TooBusyError';
}

/**
 * Who may log in. User names are the same whatever the case and the composition of their letters.
 * An abstract class, so that it is its own injection token.
 */
export abstract class AccountDirectory {
  /**
   * @returns the account, or null for a wrong password and for an unknown name: both take the same time
   * @throws TooBusyError when too many logins wait
   */
  abstract verify(username: string, password: string): Promise<Account | null>;

  /**
   * @throws AccountExistsError when the name is taken, whatever the password; nothing has changed then
   * @throws RangeError for a name or a password that is empty, too long, or has control characters
   */
  abstract create(username: string, password: string): Promise<Account>;

  abstract exists(username: string): Promise<boolean>;

  /** How many accounts there are. */
  abstract count(): Promise<number>;
}
