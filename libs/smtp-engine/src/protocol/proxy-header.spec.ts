import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { crc32c } from './crc32c.js';
import { type ProxyHeader, ProxyHeaderDecoder, type ProxyOutcome } from './proxy-header.js';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

/** A header of version 2. */
function binary(versionAndCommand: number, family: number, ...blocks: readonly (string | Buffer)[]): Buffer {
  const variable = Buffer.concat(
    blocks.map((block) => (typeof block === 'string' ? Buffer.from(block, 'hex') : block)),
  );
  const fixed = Buffer.from(`${SIGNATURE}${String.fromCharCode(versionAndCommand, family)}..`, 'latin1');
  fixed.writeUInt16BE(variable.length, 14);
  return Buffer.concat([fixed, variable]);
}

function tlv(code: number, value: string | Buffer): Buffer {
  const octets = Buffer.from(value as string);
  const prefix = Buffer.of(code, 0, 0);
  prefix.writeUInt16BE(octets.length, 1);
  return Buffer.concat([prefix, octets]);
}

/** Puts the right checksum into the last four octets. */
function withChecksum(header: Buffer): Buffer {
  const copy = Buffer.from(header);
  copy.fill(0, copy.length - 4);
  copy.writeUInt32BE(crc32c(copy), copy.length - 4);
  return copy;
}

function path(text: string): Buffer {
  const octets = Buffer.alloc(108);
  octets.write(text);
  return octets;
}

/** Feeds the chunks; what comes behind the end of the header is rest as well. */
function decode(chunks: readonly Buffer[]): { outcome: ProxyOutcome | undefined; unread: Buffer } {
  const decoder = new ProxyHeaderDecoder();
  for (const [index, chunk] of chunks.entries()) {
    const outcome = decoder.push(chunk);
    if (outcome !== undefined) return { outcome, unread: Buffer.concat(chunks.slice(index + 1)) };
  }
  return { outcome: undefined, unread: Buffer.alloc(0) };
}

const IPV4 = 'c0000207c633640104d20019'; // 192.0.2.7:1234 to 198.51.100.1:25
const v4 = {
  family: 'TCP4',
  source: { address: '192.0.2.7', port: 1234 },
  destination: { address: '198.51.100.1', port: 25 },
};
const UNKNOWN_1 = { version: 1, command: 'PROXY', family: 'UNKNOWN', tlvs: [] };

const headers: readonly (readonly [name: string, octets: string | Buffer, header: object])[] = [
  ['TCP4', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 25\r\n', { version: 1, command: 'PROXY', ...v4, tlvs: [] }],
  [
    'TCP6',
    'PROXY TCP6 2001:DB8::7 2001:db8:0:0::1 65535 0\r\n',
    {
      version: 1,
      command: 'PROXY',
      family: 'TCP6',
      source: { address: '2001:db8::7', port: 65_535 },
      destination: { address: '2001:db8::1', port: 0 },
      tlvs: [],
    },
  ],
  [
    'TCP6 with the longest line of two known addresses',
    `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
    expect.objectContaining({ family: 'TCP6' }),
  ],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n', UNKNOWN_1],
  ['UNKNOWN with addresses, which are ignored', 'PROXY UNKNOWN 9.9.9.9 8.8.8.8 1 2\r\n', UNKNOWN_1],
  [
    'UNKNOWN with the longest line',
    `PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
    UNKNOWN_1,
  ],
  ['version 2, TCP4', binary(0x21, 0x11, IPV4), { version: 2, command: 'PROXY', ...v4, tlvs: [] }],
  [
    'version 2, TCP6',
    binary(0x21, 0x21, '20010db8000000000000000000000007', '20010db8000000000000000000000001', 'ffff01bb'),
    {
      version: 2,
      command: 'PROXY',
      family: 'TCP6',
      source: { address: '2001:db8::7', port: 65_535 },
      destination: { address: '2001:db8::1', port: 443 },
      tlvs: [],
    },
  ],
  [
    'version 2, UNIX',
    binary(0x21, 0x31, path('/run/client.sock'), path('')),
    {
      version: 2,
      command: 'PROXY',
      family: 'UNIX',
      source: { path: '/run/client.sock' },
      destination: { path: '' },
      tlvs: [],
    },
  ],
  [
    'version 2, UNIX with a path that fills its place',
    binary(0x21, 0x31, Buffer.alloc(108, 'x'), path('y')),
    expect.objectContaining({ source: { path: 'x'.repeat(108) }, destination: { path: 'y' } }),
  ],
  ['version 2, UNSPEC', binary(0x21, 0x00), { version: 2, command: 'PROXY', family: 'UNKNOWN', tlvs: [] }],
  [
    'version 2, UNSPEC with something',
    binary(0x21, 0x00, 'ffffff'),
    { version: 2, command: 'PROXY', family: 'UNKNOWN', tlvs: [] },
  ],
  [
    'version 2, UNSPEC with TLVs',
    binary(0x21, 0x00, tlv(2, 'mx.example')),
    { version: 2, command: 'PROXY', family: 'UNKNOWN', tlvs: [{ type: 'AUTHORITY', hostName: 'mx.example' }] },
  ],
  ['LOCAL', binary(0x20, 0x00), { version: 2, command: 'LOCAL', family: 'UNKNOWN', tlvs: [] }],
  [
    'LOCAL, of which nothing else counts',
    binary(0x20, 0x77, IPV4, 'ffff'),
    { version: 2, command: 'LOCAL', family: 'UNKNOWN', tlvs: [] },
  ],
];

describe('a header', () => {
  test.each(headers)('%s', (_name, text, header) => {
    const octets = Buffer.from(text as string);
    expect(octets.length).toBeLessThanOrEqual(4096);
    for (const rest of ['', 'EHLO client\r\n']) {
      for (const chunks of splits(Buffer.concat([octets, Buffer.from(rest)]))) {
        const { outcome, unread } = decode(chunks);
        expect(outcome).toEqual({ header, rest: expect.any(Buffer) });
        const behind = Buffer.concat([(outcome as { rest: Buffer }).rest, unread]);
        expect(behind.toString()).toBe(rest);
      }
    }
  });

  test.each(headers)('%s: nothing is said before its end', (_name, text) => {
    const octets = Buffer.from(text as string);
    const decoder = new ProxyHeaderDecoder();
    expect(decoder.isEmpty).toBe(true);
    expect(decoder.push(octets.subarray(0, -1))).toBeUndefined();
    expect(decoder.isEmpty).toBe(false);
    expect(decoder.push(octets.subarray(-1))).toHaveProperty('header');
  });
});

describe('no header', () => {
  test.each<[octets: string | Buffer, problem: string]>([
    ['EHLO client\r\n', 'there is no PROXY header'],
    ['PROXI', 'there is no PROXY header'],
    ['proxy TCP4', 'there is no PROXY header'],
    ['\x16\x03\x01', 'there is no PROXY header'],
    ['\r\n\r\n\0\r\nQUIT\r', 'there is no PROXY header'],
    [`PROXY ${'x'.repeat(101)}`, 'its line has no end'],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'its line has no end'],
    ['PROXY \r\n', 'its family is not TCP4, TCP6 or UNKNOWN'],
    ['PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n', 'its family is not TCP4, TCP6 or UNKNOWN'],
    ['PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n', 'its family is not TCP4, TCP6 or UNKNOWN'],
    ['PROXY TCP4\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 x 2\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 ::1 1.2.3.4 1 2\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP4 1.2.3.4 ::1 1 2\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP6 1.2.3.4 ::1 1 2\r\n', 'its addresses and ports are malformed'],
    ['PROXY TCP6 ::1%lo ::1 1 2\r\n', 'its addresses and ports are malformed'],
    [binary(0x11, 0x11, IPV4), 'its version or command is unknown'],
    [binary(0x22, 0x11, IPV4), 'its version or command is unknown'],
    [binary(0x21, 0x12, IPV4), 'its family or transport is not one of a stream'],
    [binary(0x21, 0x41, IPV4), 'its family or transport is not one of a stream'],
    [binary(0x21, 0x01), 'its family or transport is not one of a stream'],
    [binary(0x21, 0x11, IPV4.slice(2)), 'its addresses are cut off'],
    [binary(0x21, 0x21, IPV4), 'its addresses are cut off'],
    [binary(0x21, 0x31, IPV4), 'its addresses are cut off'],
    [binary(0x21, 0x11, Buffer.alloc(4097)), 'it has 4097 octets; we take 4096'],
    [binary(0x21, 0x11, Buffer.alloc(65_535)).subarray(0, 16), 'it has 65535 octets; we take 4096'],
    [binary(0x21, 0x11, IPV4, '01'), 'a TLV is cut off'],
    [binary(0x21, 0x11, IPV4, '010002ff'), 'a TLV is cut off'],
    [binary(0x21, 0x11, IPV4, tlv(3, 'abcd')), 'the CRC32C checksum is wrong'],
    [binary(0x21, 0x11, IPV4, tlv(3, 'abc')), 'the CRC32C checksum is wrong'],
    [binary(0x21, 0x00, tlv(3, 'abcd')), 'the CRC32C checksum is wrong'],
  ])('%j', (text, problem) => {
    const octets = Buffer.from(text as string, 'latin1');
    for (const chunks of splits(octets.subarray(0, 200))) {
      if (octets.length <= 200) expect(decode(chunks).outcome).toEqual({ problem });
    }
    expect(decode([octets]).outcome).toEqual({ problem });
  });
});

describe('TLVs', () => {
  const read = (...tlvs: readonly Buffer[]): unknown => {
    const { outcome } = decode([binary(0x21, 0x11, IPV4, ...tlvs)]);
    return (outcome as { header: ProxyHeader }).header.tlvs;
  };
  const ssl = (client: number, verify: number, ...tlvs: readonly Buffer[]): Buffer =>
    tlv(0x20, Buffer.concat([Buffer.of(client, 0, 0, 0, verify), ...tlvs]));

  test.each<[name: string, tlv: Buffer, value: object]>([
    ['ALPN', tlv(1, 'smtp'), { type: 'ALPN', protocol: 'smtp' }],
    ['AUTHORITY', tlv(2, 'müx.example'), { type: 'AUTHORITY', hostName: 'müx.example' }],
    ['NOOP', tlv(4, 'padding'), { type: 'NOOP' }],
    ['UNIQUE_ID', tlv(5, 'id\0'), { type: 'UNIQUE_ID', id: Buffer.from('id\0') }],
    ['NETNS', tlv(0x30, 'blue'), { type: 'NETNS', name: 'blue' }],
    ['an unknown one', tlv(0xea, 'vpce'), { type: 'UNKNOWN', code: 0xea, value: Buffer.from('vpce') }],
    ['an empty one', tlv(0xea, ''), { type: 'UNKNOWN', code: 0xea, value: Buffer.alloc(0) }],
    ['a name with a line break', tlv(2, 'a\r\nb'), { type: 'UNKNOWN', code: 2, value: Buffer.from('a\r\nb') }],
    ['a name that is no UTF-8', tlv(2, Buffer.of(0xff)), { type: 'UNKNOWN', code: 2, value: Buffer.of(0xff) }],
    ['too long an id', tlv(5, 'x'.repeat(129)), { type: 'UNKNOWN', code: 5, value: Buffer.from('x'.repeat(129)) }],
    [
      'SSL',
      ssl(
        7,
        0,
        tlv(0x21, 'TLSv1.3'),
        tlv(0x22, 'alice'),
        tlv(0x23, 'TLS_AES_256_GCM_SHA384'),
        tlv(0x24, 'SHA256'),
        tlv(0x25, 'RSA2048'),
        tlv(0x29, 'new'),
      ),
      {
        type: 'SSL',
        tls: true,
        certificateOnConnection: true,
        certificateInSession: true,
        verified: true,
        version: 'TLSv1.3',
        commonName: 'alice',
        cipher: 'TLS_AES_256_GCM_SHA384',
        signatureAlgorithm: 'SHA256',
        keyAlgorithm: 'RSA2048',
      },
    ],
    [
      'SSL without TLS, and a name that is none',
      ssl(0, 1, tlv(0x22, 'a\nb')),
      { type: 'SSL', tls: false, certificateOnConnection: false, certificateInSession: false, verified: false },
    ],
    [
      'SSL without a certificate: nothing was verified',
      ssl(1, 0),
      { type: 'SSL', tls: true, certificateOnConnection: false, certificateInSession: false, verified: false },
    ],
    ['SSL that is too short', tlv(0x20, 'abcd'), { type: 'UNKNOWN', code: 0x20, value: Buffer.from('abcd') }],
    ['SSL that is cut off', tlv(0x20, 'abcde!'), { type: 'UNKNOWN', code: 0x20, value: Buffer.from('abcde!') }],
  ])('%s', (_name, octets, value) => expect(read(octets)).toEqual([value]));

  test('come in their order, and may be there twice', () => {
    expect(read(tlv(4, ''), tlv(2, 'a'), tlv(2, 'b'))).toEqual([
      { type: 'NOOP' },
      { type: 'AUTHORITY', hostName: 'a' },
      { type: 'AUTHORITY', hostName: 'b' },
    ]);
  });

  test('CRC32C covers the whole header', () => {
    const header = withChecksum(binary(0x21, 0x11, IPV4, tlv(2, 'mx.example'), tlv(3, '....')));
    const { outcome } = decode([Buffer.concat([header, Buffer.from('EHLO')])]);
    expect(outcome).toMatchObject({
      header: { tlvs: [{ type: 'AUTHORITY' }, { type: 'CRC32C', checksum: header.readUInt32BE(header.length - 4) }] },
    });
    const typeOfChecksum = header.length - 7; // without it there is none to be wrong
    for (let i = 16; i < header.length; i++) {
      if (i === typeOfChecksum) continue;
      const damaged = Buffer.from(header);
      damaged[i]! ^= 0x01;
      expect(decode([damaged]).outcome).toEqual({ problem: expect.stringMatching(/CRC32C|cut off|TLV/) });
    }
  });
});

test('anything at all comes to the same, however it is cut', () => {
  const start = fc.constantFrom(
    '',
    'PROXY ',
    'PROXY TCP4 1.2.3.4 ',
    'PROXY UNKNOWN\r\n',
    SIGNATURE,
    `${SIGNATURE}!\x11\0\x10`,
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 64 }), fc.nat(100), fc.nat(100), (text, tail, i, j) => {
      const octets = Buffer.concat([Buffer.from(text, 'latin1'), tail]);
      const whole = decode([octets]).outcome;
      const { outcome, unread } = decode(cut(octets, Math.min(i, octets.length), Math.min(j, octets.length)));
      if (whole === undefined || 'problem' in whole) return expect(outcome).toEqual(whole);
      const rest = Buffer.concat([(outcome as typeof whole).rest, unread]);
      expect({ ...outcome, rest }).toEqual({ ...whole, rest: Buffer.from(whole.rest) });
    }),
  );
});
