import { describe, expect, test } from '@jest/globals';
import { ProxyHeaderDecoder } from '../protocol/proxy-header.js';
import { proxyLine } from './proxy-line.js';

const read = (text: string) => new ProxyHeaderDecoder(proxyLine).push(Buffer.from(text, 'latin1'));
const source = { address: '192.0.2.7', port: 1234 };
const destination = { address: '192.0.2.8', port: 25 };

describe('the line of a PROXY header as smtp-server takes it', () => {
  test.each([
    ['PROXY TCP4 192.0.2.7 192.0.2.8 1234 25\r\n', { family: 'TCP4', source, destination }],
    ['proxy tcp4 192.0.2.7 192.0.2.8 1234 25\n', { family: 'TCP4', source, destination }],
    ['PROXY TCP4 192.0.2.7 192.0.2.8 1234 25 and more\r\n', { family: 'TCP4', source, destination }],
    ['PROXY TCP4 192.0.2.7 - x y\r\n', { family: 'TCP4', source: { ...source, port: 0 } }],
    ['PROXY TCP6 2001:DB8::7 - 1\r\n', { family: 'TCP6', source: { address: '2001:db8::7', port: 1 } }],
    ['PROXY UNKNOWN 192.0.2.7 192.0.2.8 1234 25\r\n', { family: 'UNKNOWN' }],
    ['PROXY\r\n', { family: 'UNKNOWN' }],
  ])('%j', (line, told) => {
    expect(read(`${line}EHLO a`)).toEqual({
      header: { version: 1, command: 'PROXY', tlvs: [], ...told },
      rest: Buffer.from('EHLO a'),
    });
  });

  test.each(['EHLO a\r\n', 'PROXY TCP4 nonsense 192.0.2.8 1234 25\r\n', 'PROXY TCP4 192.0.2.7\r\n', 'x'.repeat(1024)])(
    '%j cannot be used',
    (line) => {
      expect(read(line)).toHaveProperty('problem');
    },
  );

  test('a line that has not ended yet is waited for', () => {
    expect(read('x'.repeat(1023))).toBeUndefined();
  });
});
