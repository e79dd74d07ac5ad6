import { createHmac, randomBytes } from 'node:crypto';

/** How long a verified password need not be verified again, in milliseconds. */
export const VERIFIED_FOR_MS = 60_000;
const MAX_ENTRIES = 10_000;

/**
 * Remembers which logins were verified a short while ago: clients log in for each mail, and each verification is
 * expensive on purpose. It holds neither names nor passwords, only their HMAC under a key that lives as long as the
 * process. The stored hash is part of it: a changed password ends what was remembered of the old one at once.
 */
export class VerifiedLogins {
  private readonly key = randomBytes(32);
  private readonly expiries = new Map<string, number>();

  /** @param now a monotonic clock in milliseconds */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly maxEntries = MAX_ENTRIES,
  ) {}

  /** What stands for a login; worth nothing without the key. */
  fingerprint(accountKey: string, password: string, passwordHash: string): string {
    const mac = createHmac('sha256', this.key);
    // With their lengths, so that no two logins are one string.
    for (const part of [accountKey, password, passwordHash]) mac.update(`${Buffer.byteLength(part)}:`).update(part);
    return mac.digest('base64');
  }

  has(fingerprint: string): boolean {
    const expiry = this.expiries.get(fingerprint);
    return expiry !== undefined && this.now() < expiry;
  }

  add(fingerprint: string): void {
    // A Map keeps the order of insertion, and all live equally long: the first entry is the next to expire.
    this.expiries.delete(fingerprint);
    this.expiries.set(fingerprint, this.now() + VERIFIED_FOR_MS);
    for (const [oldest, expiry] of this.expiries) {
      if (this.expiries.size <= this.maxEntries && this.now() < expiry) break;
      this.expiries.delete(oldest);
    }
  }

  get size(): number {
    return this.expiries.size;
  }
}
