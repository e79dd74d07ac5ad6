import { AuthCredentials } from './auth-credentials.js';
import { isProof, type ScramKeys, scramKeysNow, type ScramMechanism, serverSignature } from './scram-keys.js';

/** What a client sent to prove that it knows a password, and what was found out about it. */
export class ScramProof {
  /** The proof was found right. */
  isRight = false;
  private signature: Buffer | undefined;

  constructor(
    private readonly mechanism: ScramMechanism,
    private readonly secret: Pick<ScramKeys, 'salt' | 'iterations'>,
    private readonly authMessage: string,
    private readonly proof: Buffer,
  ) {}

  /** Whether the proof was made with the password of these keys. */
  check(keys: ScramKeys): boolean {
    if (!isProof(this.proof, this.authMessage, keys, this.mechanism)) return false;
    this.signature = serverSignature(this.authMessage, keys, this.mechanism);
    this.isRight = true;
    return true;
  }

  /** Whether the proof was made with this password. */
  checkPassword(password: string): boolean {
    const keys = scramKeysNow(password, this.mechanism, this.secret);
    return keys !== undefined && this.check(keys);
  }

  /** The server's own proof for the client; only where the client's was found right. */
  serverFinal(): Buffer {
    if (this.signature === undefined) {
      throw new Error('the auth hook accepted a SCRAM login without validatePassword() having said yes');
    }
    return Buffer.from(`v=${this.signature.toString('base64')}`);
  }

  /** Overwrites what it holds: nothing can be checked any more. */
  wipe(): void {
    this.proof.fill(0);
    this.signature?.fill(0);
  }
}

/**
 * SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), with and without channel binding. Where the application's `secret`
 * hook gave keys or a password, the proof is right already (`verified`); where it gave salt and iterations alone, its
 * `auth` hook has to call `validatePassword()`: no login succeeds without.
 */
export class ScramAuth extends AuthCredentials {
  constructor(
    readonly method: ScramMechanism | `${ScramMechanism}-PLUS`,
    username: string,
    authzid: string,
    private readonly proof: ScramProof,
  ) {
    super(username, username, authzid);
  }

  /** Whether the client has proved that it knows the password. */
  get verified(): boolean {
    return this.proof.isRight;
  }

  /**
   * Whether the client knows this password; compared in constant time. Only while the `auth` hook decides. It blocks for
   * as long as the iterations take: some 5 ms for 10,000.
   */
  validatePassword(password: string): boolean {
    return this.proof.checkPassword(password);
  }

  /**
   * @internal What the client gets before the acceptance (RFC 5802 §5: server-final-message).
   * @throws Error when nobody has found the proof right
   */
  serverFinal(): Buffer {
    return this.proof.serverFinal();
  }

  override wipe(): void {
    this.proof.wipe();
  }
}
