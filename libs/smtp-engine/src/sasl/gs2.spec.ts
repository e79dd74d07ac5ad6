import { describe, expect, test } from '@jest/globals';
import { readGs2Header } from './gs2.js';
import { SaslSyntaxError } from './mechanism.js';

describe('gs2-header', () => {
  test.each<[text: string, flag: string, binding: string | undefined, authzid: string, message: string]>([
    ['n,,n=user', 'n', undefined, '', 'n=user'],
    ['y,,', 'y', undefined, '', ''],
    ['p=tls-exporter,,m', 'p', 'tls-exporter', '', 'm'],
    ['n,a=bob,m', 'n', undefined, 'bob', 'm'],
    ['p=tls-unique,a=a=2Cb=3Dc,m', 'p', 'tls-unique', 'a,b=c', 'm'],
    ['n,a=älice@example.com,', 'n', undefined, 'älice@example.com', ''],
  ])('%j', (text, flag, binding, authzid, message) => {
    const raw = text.slice(0, text.length - message.length);
    expect(readGs2Header(text)).toEqual({ flag, binding, authzid, message, raw });
  });

  test.each([
    '',
    'n',
    'n,',
    'N,,',
    'x,,',
    'p,,',
    'p=,,',
    'p=tls_unique,,',
    'n,b=x,',
    'n,a=,',
    'n,a=x',
    'n,a=a=2cb,',
    'n,a=a=,',
    'n,a=a=3,',
    'n,a=a\r\nb,',
    'n,a=a\0b,',
    'F,n,,',
  ])('refuses %j', (text) => expect(() => readGs2Header(text)).toThrow(SaslSyntaxError));
});
