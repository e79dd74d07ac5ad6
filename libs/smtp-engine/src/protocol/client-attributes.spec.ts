import { describe, expect, test } from '@jest/globals';
import {
  address,
  type AttributeReader,
  helloName,
  hostName,
  oneOf,
  port,
  readAttributes,
  text,
} from './client-attributes.js';

const readers = new Map<string, AttributeReader>([
  ['NAME', hostName],
  ['ADDR', address],
  ['PORT', port],
  ['PROTO', oneOf('SMTP', 'ESMTP')],
  ['HELO', helloName],
  ['LOGIN', text],
]);

describe('readAttributes', () => {
  test.each<[args: string, attributes: Record<string, string | number | false>]>([
    ['NAME=MX.Example', { NAME: 'mx.example' }],
    ['name=mx addr=192.0.2.1  Port=25 ', { NAME: 'mx', ADDR: '192.0.2.1', PORT: 25 }],
    ['ADDR=IPV6:2001:DB8::1', { ADDR: '2001:db8::1' }],
    ['ADDR=ipv6:2001:db8:0::1', { ADDR: '2001:db8::1' }],
    ['ADDR=2001:db8::1', { ADDR: '2001:db8::1' }],
    ['ADDR=::ffff:192.0.2.1', { ADDR: '192.0.2.1' }],
    ['PROTO=esmtp', { PROTO: 'ESMTP' }],
    ['HELO=my+20pc', { HELO: 'my pc' }],
    ['LOGIN=a+2Bb+3D', { LOGIN: 'a+b=' }],
    ['LOGIN=alice+news@example.org', { LOGIN: 'alice+news@example.org' }], // not encoded
    ['LOGIN=a=b', { LOGIN: 'a=b' }],
    ['LOGIN=m+C3+BCller', { LOGIN: 'müller' }],
    ['NAME=[UNAVAILABLE]', { NAME: false }],
    ['NAME=[tempunavail] ADDR=[Unavailable]', { NAME: false, ADDR: false }],
    ['PORT=+5BUNAVAILABLE+5D', { PORT: false }],
  ])('%s', (args, attributes) => expect(Object.fromEntries(readAttributes(args, readers)!)).toEqual(attributes));

  test.each([
    '',
    ' ',
    'NAME',
    'NAME=',
    '=mx',
    'COLOUR=red',
    'NAME=mx NAME=mx',
    'NAME=mx name=other',
    'NAME=192.0.2.1',
    'NAME=a+20b',
    'ADDR=192.0.2.300',
    'ADDR=[192.0.2.1]',
    'ADDR=mx.example',
    'PORT=65536',
    'PORT=smtp',
    'PROTO=LMTP',
    'HELO=+20',
    'LOGIN=',
    'LOGIN=a+0D+0Ab',
    'LOGIN=a+00',
    'LOGIN=a+FF',
    'LOGIN=a+C2+85b',
    `LOGIN=${'a'.repeat(256)}`,
    'NAME=mx ADDR=x',
    'NAME=mx\tADDR=192.0.2.1',
  ])('%j is malformed', (args) => expect(readAttributes(args, readers)).toBeUndefined());
});
