import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';

export interface Account {
  readonly name: string;
  /** The addresses this account may send as. */
  readonly addresses: readonly string[];
}

const derive = promisify<string, string, number, Buffer>(scrypt);

/** Who may log in. Your application has a database here; of a password it holds a salted hash as well. */
@Injectable()
export class Accounts {
  private readonly stored = new Map([
    [
      'ann',
      {
        account: { name: 'ann', addresses: ['ann@example.com'] },
        salt: 'b3f1a09c',
        hash: derive('secret', 'b3f1a09c', 32),
      },
    ],
  ]);

  async verify(name: string, password: string): Promise<Account | null> {
    const found = this.stored.get(name);
    // Derived for unknown names too, so that the time it takes does not tell them apart.
    const given = await derive(password, found?.salt ?? '', 32);
    return found !== undefined && timingSafeEqual(given, await found.hash) ? found.account : null;
  }
}
