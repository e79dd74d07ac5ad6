import { describe, expect, test } from '@jest/globals';
import { AddressList, normalizeAddress } from './address-list.js';

describe('AddressList', () => {
  test.each<[entries: string[], address: string, expected: boolean]>([
    [[], '192.0.2.1', false],
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['192.0.2.1'], '::ffff:192.0.2.1', true],
    [['192.0.2.1'], '::FFFF:C000:0201', true],
    [['::ffff:192.0.2.1'], '192.0.2.1', true],
    [['10.0.0.0/8'], '10.255.255.255', true],
    [['10.0.0.0/8'], '11.0.0.0', false],
    [['10.1.2.3/8'], '10.200.0.1', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.2/31'], '10.0.0.3', true],
    [['10.0.0.2/31'], '10.0.0.4', false],
    [['10.0.0.2/32'], '10.0.0.2', true],
    [['10.0.0.2/32'], '10.0.0.3', false],
    [['0.0.0.0/0'], '255.255.255.255', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
    [['::1'], '::1', true],
    [['::1'], '0:0:0:0:0:0:0:1', true],
    [['::1'], '::2', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:DB8::/32'], '2001:db9::1', false],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['192.0.2.1', '::1'], '::1', true],
    [['*'], '203.0.113.9', true],
    [['*'], '2001:db8::1', true],
    [['10.0.0.0/8'], 'unknown', false],
    [['10.0.0.0/8'], '', false],
  ])('%j has %s: %p', (entries, address, expected) => {
    expect(new AddressList(entries).has(address)).toBe(expected);
  });

  test.each([
    '',
    ' 10.0.0.1',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1/',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/8/8',
    '10.0.0.1/8 ',
    '10.0.0.0-10.0.0.9',
    '10.*',
    '::1/129',
    '::ffff:10.0.0.0/8x',
    '/8',
    'localhost',
    'example.com/24',
  ])('refuses %j', (entry) => {
    expect(() => new AddressList([entry])).toThrow(TypeError);
    expect(() => new AddressList([entry])).toThrow(`'${entry}' is no address and no CIDR prefix; write for example`);
  });
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:1:2', '::ffff:1:2'],
  ['2001:db8::192.0.2.1', '2001:db8::192.0.2.1'],
  ['', ''],
])('normalizeAddress(%j)', (address, normal) => expect(normalizeAddress(address)).toBe(normal));
