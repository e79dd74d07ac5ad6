import { isIPv6 } from 'node:net';

/** How connections of one client are told from those of another. */
export interface ConnectionLimitOptions {
  readonly maxClientsPerAddress: number;
  /** Bits of an IPv4 and of an IPv6 address that make a client. */
  readonly clientPrefix: { readonly ipv4: number; readonly ipv6: number };
}

/** Who has a connection, and the limits that hold for it; a Session is one. */
export interface LimitedClient {
  readonly remoteAddress: string;
  readonly options: ConnectionLimitOptions;
}

/** Counts the connections of each client, which is an address or the network it lies in. */
export class ConnectionLimits {
  private readonly counts = new Map<string, number>();
  /** Under which key a connection is counted: its address may change later (XCLIENT). */
  private readonly keys = new WeakMap<LimitedClient, string>();

  /** Takes a place; false where the client has as many as it may. */
  admits(client: LimitedClient): boolean {
    const { maxClientsPerAddress, clientPrefix } = client.options;
    if (maxClientsPerAddress === Number.MAX_SAFE_INTEGER) return true;
    const key = clientOf(client.remoteAddress, clientPrefix);
    const count = this.counts.get(key) ?? 0;
    if (count >= maxClientsPerAddress) return false;
    this.counts.set(key, count + 1);
    this.keys.set(client, key);
    return true;
  }

  /** Gives the place back, where one was taken. */
  release(client: LimitedClient): void {
    const key = this.keys.get(client);
    if (key === undefined) return;
    this.keys.delete(client);
    const count = this.counts.get(key)!;
    if (count > 1) this.counts.set(key, count - 1);
    else this.counts.delete(key);
  }
}

/** The network an address lies in, as a key; the address itself where it is none. */
export function clientOf(address: string, prefix: ConnectionLimitOptions['clientPrefix']): string {
  const [bits, groups] = isIPv6(address)
    ? [prefix.ipv6, ipv6Groups(address)]
    : [prefix.ipv4, address.split('.').map((part) => Number(part))];
  const width = groups.length === 8 ? 16 : 8;
  const masked = groups.map((group, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width));
    return (group >>> (width - kept)) << (width - kept);
  });
  return groups.some(Number.isNaN) ? address : `${masked.join('.')}/${bits}`;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function ipv6Groups(address: string): number[] {
  // The URL parser knows every way to write one, and gives back the one of RFC 5952.
  const text = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
