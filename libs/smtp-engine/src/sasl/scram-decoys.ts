import { createHmac, randomBytes } from 'node:crypto';
import { DEFAULT_ITERATIONS, SALT_LENGTH, scramSecret, type ScramKeys, type ScramMechanism } from './scram-keys.js';

/**
 * Salts for users without a stored one. Somebody who asks for a user that does not exist gets an answer as for one that
 * does (RFC 5802 §9), and the same answer each time: the salt is made from the name with a key only the server has.
 */
export class ScramDecoys {
  private readonly key: string | Buffer;
  private passwordsAreGiven = false;

  /**
   * @param iterations as the application's own secrets have
   * @param key text that several processes share, and that outlives a restart; random by default
   */
  constructor(
    readonly iterations = DEFAULT_ITERATIONS,
    key?: string,
  ) {
    this.key = key ?? randomBytes(32);
  }

  /** Salt and iterations of a user, known or not, who has none stored. */
  saltOf(username: string, mechanism: ScramMechanism): Pick<ScramKeys, 'salt' | 'iterations'> {
    const salt = createHmac('sha256', this.key).update(`${mechanism}\0${username}`).digest().subarray(0, SALT_LENGTH);
    return { salt, iterations: this.iterations };
  }

  /** The keys of a user whose password the application gave. */
  keysOf(password: string, username: string, mechanism: ScramMechanism): Promise<ScramKeys> {
    this.passwordsAreGiven = true;
    return scramSecret(password, mechanism, this.saltOf(username, mechanism));
  }

  /** Takes as long as the keys of a user that exists: derived where the application gives passwords, there already else. */
  async pretend(username: string, mechanism: ScramMechanism): Promise<void> {
    if (this.passwordsAreGiven) await this.keysOf(randomBytes(12).toString('hex'), username, mechanism);
  }
}
