import { createHash, createHmac, pbkdf2, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { saslprep } from './saslprep.js';

/** A SCRAM mechanism as far as secrets go: with channel binding it is the same one. */
export type ScramMechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256';

/** Whose SCRAM secret is wanted. */
export interface ScramQuery {
  /** Prepared by SASLprep (RFC 4013). */
  readonly username: string;
  /** Whom the client wants to act as; `''` where it did not say. */
  readonly authzid: string;
  /** Without `-PLUS`. */
  readonly mechanism: ScramMechanism;
}

/** What is stored of a password for SCRAM (RFC 5802 §3): enough to check a proof, not enough to log in elsewhere. */
export interface ScramKeys {
  readonly salt: Uint8Array;
  /** 4,096 and more (RFC 5802 §5.1). */
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/**
 * What an application knows of a user for SCRAM: the keys; or the password; or salt and iterations alone, when its
 * `auth` hook calls `validatePassword()` later.
 */
export type ScramSecret = ScramKeys | Pick<ScramKeys, 'salt' | 'iterations'> | { readonly password: string };

interface Hash {
  readonly digest: 'sha1' | 'sha256';
  readonly length: number;
}

const HASHES: Readonly<Record<ScramMechanism, Hash>> = {
  'SCRAM-SHA-1': { digest: 'sha1', length: 20 },
  'SCRAM-SHA-256': { digest: 'sha256', length: 32 },
};

export const SALT_LENGTH = 16;
/** For secrets made here, unless it is said otherwise. */
export const DEFAULT_ITERATIONS = 10_000;
/** RFC 5802 §5.1, RFC 7677 §4. */
export const LEAST_ITERATIONS = 4096;
/** More would take the client minutes, and us in `validatePassword()`. */
export const MOST_ITERATIONS = 10_000_000;

const derive = promisify(pbkdf2);

/**
 * Makes what is to be stored of a password for one SCRAM mechanism: never the password itself.
 *
 * @param options.iterations 10,000 by default; more make guessing slower, and each login on the client
 * @param options.salt 16 random octets by default
 * @throws TypeError for a password that SASLprep (RFC 4013) does not allow, or iterations under 4,096
 * @example const { salt, iterations, storedKey, serverKey } = await scramSecret('pencil', 'SCRAM-SHA-256');
 */
export async function scramSecret(
  password: string,
  mechanism: ScramMechanism,
  {
    iterations = DEFAULT_ITERATIONS,
    salt = randomBytes(SALT_LENGTH),
  }: Partial<Pick<ScramKeys, 'salt' | 'iterations'>> = {},
): Promise<ScramKeys> {
  const prepared = saslprep(password);
  if (prepared === undefined) throw new TypeError('the password is empty, or has characters SASLprep does not allow');
  checkSecret({ salt, iterations }, mechanism);
  const { digest, length } = HASHES[mechanism];
  const salted = await derive(prepared, salt, iterations, length, digest);
  return { salt, iterations, ...keysOf(salted, mechanism) };
}

/** The same, at once: for who has no time to wait. Undefined where the password cannot be a SCRAM password. */
export function scramKeysNow(
  password: string,
  mechanism: ScramMechanism,
  { salt, iterations }: Pick<ScramKeys, 'salt' | 'iterations'>,
): ScramKeys | undefined {
  const prepared = saslprep(password);
  if (prepared === undefined) return undefined;
  const { digest, length } = HASHES[mechanism];
  const salted = pbkdf2Sync(prepared, salt, iterations, length, digest);
  return { salt, iterations, ...keysOf(salted, mechanism) };
}

/** Takes SaltedPassword (RFC 5802 §3) apart, and wipes it. */
function keysOf(salted: Buffer, mechanism: ScramMechanism): Pick<ScramKeys, 'storedKey' | 'serverKey'> {
  const clientKey = hmac(salted, 'Client Key', mechanism);
  const keys = { storedKey: hash(clientKey, mechanism), serverKey: hmac(salted, 'Server Key', mechanism) };
  clientKey.fill(0);
  salted.fill(0);
  return keys;
}

/**
 * Checks a secret of the application's.
 *
 * @throws TypeError that says what is wrong with it, and nothing of what is in it
 */
export function checkSecret(
  secret: Pick<ScramKeys, 'salt' | 'iterations'> & Partial<ScramKeys>,
  mechanism: ScramMechanism,
): void {
  const { salt, iterations } = secret;
  if (!(salt instanceof Uint8Array) || salt.length === 0)
    throw new TypeError('a SCRAM salt is a Buffer, and not empty');
  if (!Number.isSafeInteger(iterations) || iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
    throw new TypeError(`SCRAM iterations are a whole number from ${LEAST_ITERATIONS} to ${MOST_ITERATIONS}`);
  }
  if (!('storedKey' in secret || 'serverKey' in secret)) return;
  const { length } = HASHES[mechanism];
  for (const key of [secret.storedKey, secret.serverKey]) {
    if (!(key instanceof Uint8Array) || key.length !== length) {
      throw new TypeError(`storedKey and serverKey of ${mechanism} are Buffers of ${length} octets`);
    }
  }
}

/** Octets of a client's proof. */
export function proofLength(mechanism: ScramMechanism): number {
  return HASHES[mechanism].length;
}

/** Whether a client's proof was made with the password of these keys (RFC 5802 §3); compared in constant time. */
export function isProof(proof: Buffer, authMessage: string, keys: ScramKeys, mechanism: ScramMechanism): boolean {
  const clientKey = hmac(keys.storedKey, authMessage, mechanism);
  for (let i = 0; i < clientKey.length; i++) clientKey[i]! ^= proof[i]!;
  const right = timingSafeEqual(hash(clientKey, mechanism), keys.storedKey);
  clientKey.fill(0);
  return right;
}

/** What proves to the client that the server knows its password (RFC 5802 §3). */
export function serverSignature(authMessage: string, { serverKey }: ScramKeys, mechanism: ScramMechanism): Buffer {
  return hmac(serverKey, authMessage, mechanism);
}

function hmac(key: Uint8Array, text: string, mechanism: ScramMechanism): Buffer {
  return createHmac(HASHES[mechanism].digest, key).update(text).digest();
}

function hash(octets: Buffer, mechanism: ScramMechanism): Buffer {
  return createHash(HASHES[mechanism].digest).update(octets).digest();
}
