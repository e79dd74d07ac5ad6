import { isIP } from 'node:net';
import type { ReverseResolver } from '../options.js';
import { isHostName } from '../protocol/host-name.js';

/** How long a client has to wait for a slow name server. */
export const LOOKUP_TIMEOUT_MS = 1500;

/**
 * The name of an address, in small letters; undefined where it has none, none that is a host name, or none in time.
 * Whoever owns the address chose it: it proves nothing.
 *
 * @param failed gets what a resolver throws, which it should not
 */
export function reverseLookup(
  address: string,
  resolver: ReverseResolver,
  failed: (error: unknown) => void,
): Promise<string | undefined> {
  if (isIP(address) === 0) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const settle = (name: string | undefined): void => {
      clearTimeout(timer);
      resolve(name);
    };
    const timer = setTimeout(settle, LOOKUP_TIMEOUT_MS, undefined);
    try {
      resolver.reverse(address, (_error, names) => settle(firstHostName(names)));
    } catch (error) {
      failed(error);
      settle(undefined);
    }
  });
}

/** A name server of somebody else's, or a resolver of the application's, may say anything. */
function firstHostName(names: unknown): string | undefined {
  if (!Array.isArray(names)) return undefined;
  for (const name of names as readonly unknown[]) {
    const plain = typeof name === 'string' ? name.replace(/\.$/, '') : '';
    if (isHostName(plain)) return plain.toLowerCase();
  }
  return undefined;
}
