import { describe, expect, test } from '@jest/globals';
import { clientOf, ConnectionLimits } from './connection-limits.js';

describe('clientOf', () => {
  test.each([
    ['192.0.2.129', 32, '192.0.2.129/32'],
    ['192.0.2.129', 24, '192.0.2.0/24'],
    ['192.0.2.129', 25, '192.0.2.128/25'],
    ['192.0.2.129', 0, '0.0.0.0/0'],
  ])('%s with %i bits', (address, ipv4, client) => {
    expect(clientOf(address, { ipv4, ipv6: 64 })).toBe(client);
  });

  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', true],
    ['2001:db8::1', '2001:db8:0:0:ffff::', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['::1', '::2', true],
    ['fe80::1%eth0', 'fe80::2', true],
  ])('%s and %s are one client with 64 bits: %s', (one, other, same) => {
    const prefix = { ipv4: 32, ipv6: 64 };
    expect(clientOf(one, prefix) === clientOf(other, prefix)).toBe(same);
  });

  test('takes a name that is no address as it is', () => {
    expect(clientOf('unix', { ipv4: 32, ipv6: 64 })).toBe('unix');
  });
});

describe('ConnectionLimits', () => {
  const options = { maxClientsPerAddress: 2, clientPrefix: { ipv4: 24, ipv6: 64 } };
  const client = (remoteAddress: string, limits = options) => ({ remoteAddress, options: limits });

  test('counts by network, and gives places back once', () => {
    const limits = new ConnectionLimits();
    const [one, two, three] = [client('192.0.2.1'), client('192.0.2.2'), client('192.0.2.3')];
    expect([one, two, three].map((each) => limits.admits(each))).toEqual([true, true, false]);
    expect(limits.admits(client('192.0.3.1'))).toBe(true);
    limits.release(three); // was never admitted
    expect(limits.admits(three)).toBe(false);
    one.remoteAddress = '198.51.100.1'; // as XCLIENT does
    limits.release(one);
    limits.release(one);
    expect(limits.admits(three)).toBe(true);
    expect(limits.admits(one)).toBe(true);
    expect(limits.admits(client('192.0.2.4'))).toBe(false);
  });

  test('counts nothing where there is no limit', () => {
    const limits = new ConnectionLimits();
    const unlimited = { ...options, maxClientsPerAddress: Number.MAX_SAFE_INTEGER };
    for (let n = 0; n < 100; n++) expect(limits.admits(client('192.0.2.1', unlimited))).toBe(true);
  });
});
