import { BlockList, isIP } from 'node:net';

/** IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`) are given as IPv4; anything else as it is. */
export function normalizeAddress(address: string): string {
  if (!address.startsWith('::')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/**
 * A list of peers: addresses and CIDR prefixes, IPv4 and IPv6; `*` stands for everyone.
 *
 * @throws TypeError for an entry that is neither
 * @example new AddressList(['10.0.0.0/8', '::1']).has('10.1.2.3') // true
 */
export class AddressList {
  private readonly list = new BlockList();
  private readonly everyone: boolean;

  constructor(entries: readonly string[]) {
    this.everyone = entries.includes('*');
    for (const entry of entries) if (entry !== '*') this.add(entry);
  }

  has(address: string): boolean {
    if (this.everyone) return true;
    const normal = normalizeAddress(address);
    const family = isIP(normal);
    return family !== 0 && this.list.check(normal, family === 4 ? 'ipv4' : 'ipv6');
  }

  private add(entry: string): void {
    const [given = '', bits, ...more] = entry.split('/');
    const address = normalizeAddress(given);
    const family = isIP(address);
    const width = family === 4 ? 32 : 128;
    // The prefix of an IPv4-mapped address counts 96 bits before the IPv4 address.
    const length =
      bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) - (address === given ? 0 : 96) : -1;
    if (family === 0 || more.length > 0 || length < 0 || length > width) {
      throw new TypeError(`'${entry}' is no address and no CIDR prefix; write for example '192.0.2.1' or '10.0.0.0/8'`);
    }
    this.list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
}
