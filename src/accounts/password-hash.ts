import { hash, verify } from '@node-rs/argon2';

// Argon2id is the package's own choice. Its cost is the one that OWASP names first for little memory: 19 MiB, two
// passes, one lane; about 10 ms of a core.
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** @returns a PHC string, which carries its salt and cost */
export function hashPassword(password: string): Promise<string> {
  return hash(prepare(password), COST);
}

export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, prepare(password));
}

/** RFC 8265 §4.2.2 (OpaqueString): the same password typed on two systems may be composed in two ways. */
function prepare(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
