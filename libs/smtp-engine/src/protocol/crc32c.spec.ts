import { expect, test } from '@jest/globals';
import { crc32c } from './crc32c.js';

// RFC 3720 appendix B.4, and the usual check value.
test.each<[name: string, octets: Uint8Array, checksum: number]>([
  ['nothing', new Uint8Array(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 octets of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 octets of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 octets counting up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])('%s', (_name, octets, checksum) => expect(crc32c(octets)).toBe(checksum));
