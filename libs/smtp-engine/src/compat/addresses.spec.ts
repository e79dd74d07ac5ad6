import { readAddress } from './addresses.js';
import { domainInUnicode } from './punycode.js';

// Samples of RFC 3492 §7.1, and what is no Punycode.
test.each<[domain: string, shown: string | undefined]>([
  ['a.test', 'a.test'],
  ['xn--jgeva-dua.ee', 'jõgeva.ee'],
  ['XN--JGEVA-DUA.EE', 'XN--JGEVA-DUA.EE'],
  ['xn--JGEVA-DUA.EE', 'jõgeva.EE'],
  ['xn--ihqwcrb4cv8a8dqg056pqjye.test', '他们为什么不说中文.test'],
  ['xn--3B-ww4c5e180e575a65lsy2b.test', '3年b組金八先生.test'],
  ['xn--hxajbheg2az3al.xn--qxam', 'παράδειγμα.ελ'],
  ['a\u3002test\uff61b', 'a.test.b'],
  ['xn--.test', '.test'],
  ['xn--ls8h.test', '💩.test'],
  ['xn--0.test', undefined],
  ['xn--a_b.test', undefined],
  ['xn--ä-b.test', undefined],
  ['xn--99999999999999999999999.test', undefined],
])('the domain %j is shown as %j', (domain, shown) => {
  expect(domainInUnicode(domain)).toBe(shown);
});

test.each<[path: string, strict: string | undefined, lenient: string | undefined]>([
  ['a@a.test', 'a@a.test', 'a@a.test'],
  ['@r.test,@s.test:a@a.test', 'a@a.test', 'a@a.test'],
  ['a@xn--0.test', undefined, 'a@xn--0.test'],
  ['a.@a.test', undefined, 'a.@a.test'],
  ['a@b@a.test', undefined, undefined],
  ['a@a\u0085.test', undefined, undefined],
  ['a\0b@a.test', undefined, undefined],
  ['a@[192.0.2.1]', 'a@[192.0.2.1]', 'a@[192.0.2.1]'],
  ['a@[192.0.2.256]', undefined, 'a@[192.0.2.256]'],
  ['a@[ipv6:2001:DB8:0:0::1]', 'a@[IPv6:2001:db8::1]', 'a@[ipv6:2001:DB8:0:0::1]'],
  ['a@[IPv6:::ffff:192.0.2.1]', 'a@[IPv6:::ffff:192.0.2.1]', 'a@[IPv6:::ffff:192.0.2.1]'],
  ['a@[IPv6:1:0:0:0:0:0:192.0.2.1]', 'a@[IPv6:1::192.0.2.1]', 'a@[IPv6:1:0:0:0:0:0:192.0.2.1]'],
  ['a@[IPv6:::192.0.2.1]', 'a@[IPv6:::192.0.2.1]', 'a@[IPv6:::192.0.2.1]'],
  ['a@[IPv6:FE80::1%eth0]', 'a@[IPv6:fe80::1%eth0]', 'a@[IPv6:FE80::1%eth0]'],
  ['a@[IPv6:1:0:2:3:4:5:6:7]', 'a@[IPv6:1:0:2:3:4:5:6:7]', 'a@[IPv6:1:0:2:3:4:5:6:7]'],
])('%j is %j, lenient %j', (path, strict, lenient) => {
  expect(readAddress(path, 'MAIL', false)?.address).toBe(strict);
  expect(readAddress(path, 'MAIL', true)?.address).toBe(lenient);
});

test('nobody sends, and the postmaster receives, without a domain', () => {
  expect(readAddress('', 'MAIL', false)?.address).toBe('');
  expect(readAddress('', 'RCPT', true)).toBeUndefined();
  expect(readAddress('PostMaster', 'RCPT', false)?.address).toBe('PostMaster');
  expect(readAddress('postmaster', 'MAIL', true)).toBeUndefined();
});
