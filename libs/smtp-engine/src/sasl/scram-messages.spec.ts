import { describe, expect, test } from '@jest/globals';
import { SaslSyntaxError } from './mechanism.js';
import { readClientFinal, readClientFirst } from './scram-messages.js';

describe('client-first-message', () => {
  test.each<[text: string, username: string, nonce: string]>([
    ['n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL', 'user', 'fyko+d2lbbFgONRv9qkxdawL'],
    ['n,a=bob,n=a=2Cb=3Dc,r=!', 'a,b=c', '!'],
    ['p=tls-exporter,,n=u,r=~x', 'u', '~x'],
    ['n,,n=\u2168,r=x', 'IX', 'x'],
    ['n,,n=user,r=x,e=extra,f=more=x', 'user', 'x'],
  ])('%j', (text, username, nonce) => expect(readClientFirst(text)).toMatchObject({ username, nonce }));

  test.each([
    '',
    'n,,',
    'n,,n=user',
    'n,,r=x,n=user',
    'n,,n=,r=x',
    'n,,n=user,r=',
    'n,,n=user,r=a b',
    'n,,n=user,r=ä',
    'n,,n=user,r=x,',
    'n,,n=user,r=x,e=',
    'n,,n=user,r=x,ex=y',
    'n,,m=must,n=user,r=x',
    'n,,n=user,r=x,m=must',
    'n,,n=user,r=x,e=y,m=must',
    'n,,n=a=b,r=x',
    'n,,n=a=2cb,r=x',
    'n,,n=a\u0007,r=x',
    'n,,n=\u00ad,r=x',
    'user',
  ])('refuses %j', (text) => expect(() => readClientFirst(text)).toThrow(SaslSyntaxError));
});

describe('client-final-message', () => {
  const proof = Buffer.alloc(20, 7);
  const p = proof.toString('base64');

  test.each<[withoutProof: string, binding: string, nonce: string]>([
    ['c=biws,r=abc', 'n,,', 'abc'],
    ['c=eSws,r=abc,e=extra', 'y,,', 'abc'],
  ])('%s', (withoutProof, binding, nonce) => {
    expect(readClientFinal(`${withoutProof},p=${p}`, 20)).toEqual({
      binding: Buffer.from(binding),
      nonce,
      proof,
      withoutProof,
    });
  });

  test.each([
    '',
    'c=biws,r=abc',
    `r=abc,p=${p}`,
    `c=biws,p=${p}`,
    `c=,r=abc,p=${p}`,
    `c=biw,r=abc,p=${p}`,
    `c=biws=,r=abc,p=${p}`,
    `c=bi!s,r=abc,p=${p}`,
    `c=biws,r=abc,p=${p.slice(0, -4)}`,
    `c=biws,r=abc,p=AAAA${p}`,
    `c=biws,r=abc,p=${p.slice(0, -1)}`,
    'c=biws,r=abc,p=',
    `c=biws,r=abc,m=must,p=${p}`,
    `c=biws,r=abc,p=${p},e=extra`,
    `c=biws,r=abc,p=${p}\n`,
  ])('refuses %j', (text) => expect(() => readClientFinal(text, 20)).toThrow(SaslSyntaxError));
});
