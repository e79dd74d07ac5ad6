import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { signatureHash } from './signature-hash.js';

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const octets = Buffer.concat(content);
  if (octets.length < 0x80) return Buffer.concat([Buffer.of(tag, octets.length), octets]);
  if (octets.length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, octets.length), octets]);
  return Buffer.concat([Buffer.of(tag, 0x82, octets.length >> 8, octets.length & 0xff), octets]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const NULL = der(0x05);

function certificate(algorithm: Buffer, bodyLength = 10): Buffer {
  return sequence(sequence(Buffer.alloc(bodyLength)), algorithm, der(0x03, Buffer.alloc(9)));
}

const SHA256 = '608648016503040201';
const PSS = '2a864886f70d01010a';

describe('the hash function of a signature', () => {
  test.each<[what: string, algorithm: Buffer, hash: string | undefined]>([
    ['md5WithRSAEncryption', sequence(identifier('2a864886f70d010104'), NULL), 'md5'],
    ['sha1WithRSAEncryption', sequence(identifier('2a864886f70d010105'), NULL), 'sha1'],
    ['sha256WithRSAEncryption', sequence(identifier('2a864886f70d01010b'), NULL), 'sha256'],
    ['sha384WithRSAEncryption', sequence(identifier('2a864886f70d01010c'), NULL), 'sha384'],
    ['sha512WithRSAEncryption', sequence(identifier('2a864886f70d01010d'), NULL), 'sha512'],
    ['ecdsa-with-SHA256', sequence(identifier('2a8648ce3d040302')), 'sha256'],
    ['ecdsa-with-SHA384', sequence(identifier('2a8648ce3d040303')), 'sha384'],
    ['Ed25519', sequence(identifier('2b6570')), undefined],
    [
      'RSASSA-PSS with SHA-256',
      sequence(identifier(PSS), sequence(der(0xa0, sequence(identifier(SHA256), NULL)), der(0xa2, Buffer.alloc(3)))),
      'sha256',
    ],
    ['RSASSA-PSS with its default', sequence(identifier(PSS), sequence(der(0xa2, Buffer.alloc(3)))), 'sha1'],
    ['RSASSA-PSS with nothing in it', sequence(identifier(PSS), sequence()), 'sha1'],
    ['RSASSA-PSS without parameters', sequence(identifier(PSS)), undefined],
    [
      'RSASSA-PSS with an unknown hash',
      sequence(identifier(PSS), sequence(der(0xa0, sequence(identifier('2a03'))))),
      undefined,
    ],
    ['RSASSA-PSS with a broken hash', sequence(identifier(PSS), sequence(der(0xa0, NULL))), undefined],
  ])('%s', (_what, algorithm, hash) => {
    for (const length of [0, 10, 200, 2000]) expect(signatureHash(certificate(algorithm, length))).toBe(hash);
  });

  const whole = certificate(sequence(identifier('2a864886f70d01010b'), NULL), 200);
  test('is unknown for a part of a certificate', () => {
    for (let end = 0; end < whole.length; end++) expect(signatureHash(whole.subarray(0, end))).toBeUndefined();
  });

  test.each([
    ['lengths of five octets', Buffer.from('30850000000000', 'hex')],
    ['a length that is missing', Buffer.from('3084ffff', 'hex')],
    ['no certificate', Buffer.from('a0030101ff', 'hex')],
  ])('is unknown for %s', (_what, octets) => expect(signatureHash(octets)).toBeUndefined());

  test('is found or not, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const hash = signatureHash(Buffer.from(octets));
        expect(hash === undefined || hash.length > 2).toBe(true);
      }),
    );
  });
});
