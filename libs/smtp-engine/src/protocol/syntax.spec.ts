import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isAddressLiteral, isNonAscii, parseMailArgument, parseMailbox, parseRcptArgument } from './syntax.js';

function addressOf(path: string): string | undefined {
  const argument = parseMailArgument(`FROM:<${path}>`);
  return typeof argument === 'string' ? undefined : argument.mailbox.address;
}

function parametersOf(text: string): unknown {
  const argument = parseMailArgument(`FROM:<a@b>${text}`);
  return typeof argument === 'string' ? argument : Object.fromEntries(argument.parameters);
}

describe('paths', () => {
  test.each<[path: string, localPart: string, domain: string]>([
    ['a@b', 'a', 'b'],
    ['joe.q.public+tag@mail.example.com', 'joe.q.public+tag', 'mail.example.com'],
    ["!#$%&'*+/=?^_`{|}~-@b", "!#$%&'*+/=?^_`{|}~-", 'b'],
    ['a@xn--bcher-kva.example', 'a', 'xn--bcher-kva.example'],
    ['a@1.2', 'a', '1.2'],
    ['Joe@Example.COM', 'Joe', 'Example.COM'],
    ['"joe"@b', 'joe', 'b'],
    ['""@b', '', 'b'],
    ['"a b"@b', 'a b', 'b'],
    ['"a > b"@b', 'a > b', 'b'],
    ['"a@b"@c', 'a@b', 'c'],
    ['"a\\"b\\\\c"@b', 'a"b\\c', 'b'],
    ['"\\a"@b', 'a', 'b'],
    ['"\\>"@b', '>', 'b'],
    ['joe@[192.0.2.1]', 'joe', '[192.0.2.1]'],
    ['joe@[IPv6:2001:db8::1]', 'joe', '[IPv6:2001:db8::1]'],
    ['joe@[ipv6:::ffff:192.0.2.1]', 'joe', '[ipv6:::ffff:192.0.2.1]'],
    ['joe@[X400:anything]', 'joe', '[X400:anything]'],
    ['müller@bücher.example', 'müller', 'bücher.example'],
    ['"mü ller"@b', 'mü ller', 'b'],
    ['用户@例子.广告', '用户', '例子.广告'],
    ['दादी@उदाहरण.परीक्षा', 'दादी', 'उदाहरण.परीक्षा'],
    ['😀@b', '😀', 'b'],
  ])('%s', (path, localPart, domain) => {
    expect(parseMailbox(path)).toEqual({ address: path, localPart, domain });
    expect(addressOf(path)).toBe(path);
  });

  // RFC 5321 appendix C: a source route is read over.
  test.each(['@relay:a@b', '@one.example,@two.example:a@b', '@bücher.example:a@b', '@one:@two:a@b'])(
    'source route %s',
    (path) => expect(addressOf(path)).toBe(path.startsWith('@one:@') ? undefined : 'a@b'),
  );

  test.each<[what: string, path: string]>([
    ['no at', 'joe'],
    ['no local-part', '@b'],
    ['no domain', 'a@'],
    ['two ats', 'a@b@c'],
    ['a dot first', '.a@b'],
    ['a dot last', 'a.@b'],
    ['two dots', 'a..b@c'],
    ['a dot first in the domain', 'a@.b'],
    ['a dot last in the domain', 'a@b.'],
    ['two dots in the domain', 'a@b..c'],
    ['a hyphen first in a label', 'a@-b'],
    ['a hyphen last in a label', 'a@b-.c'],
    ['an underscore in the domain', 'a@b_c'],
    ['a blank', 'a b@c'],
    ['a blank around', ' a@b'],
    ['a blank in the domain', 'a@b c'],
    ['a comma', 'a,b@c'],
    ['a colon', 'a:b@c'],
    ['a bracket', 'a<b@c'],
    ['two brackets', '<a@b>'],
    ['a backslash outside quotes', 'a\\b@c'],
    ['a quote that does not end', '"a@b'],
    ['a quote that ends in a backslash', '"a\\"@b'],
    ['text behind a quote', '"a"b@c'],
    ['text before a quote', 'a"b"@c'],
    ['an empty address literal', 'a@[]'],
    ['an address literal that is none', 'a@[192.0.2.256]'],
    ['an address literal that does not end', 'a@[192.0.2.1'],
    ['text behind an address literal', 'a@[192.0.2.1]x'],
    ['a source route without a mailbox', '@b:'],
    ['a source route with a hole', '@b,,@c:a@b'],
    ['an octet that is a control', 'a\u0001b@c'],
    ['a tab in quotes', '"a\tb"@c'],
    ['a quoted line end', '"a\\\r\n"@c'],
    ['NUL', 'a\0@b'],
    ['DEL', 'a\u007f@b'],
    ['a C1 control', 'a\u0085@b'],
    ['a soft hyphen', 'a\u00adb@c'],
    ['a combining grapheme joiner', 'a\u034f@b'],
    ['a Hangul filler', '\u3164@b'],
    ['a Mongolian vowel separator', 'a\u180e@b'],
    ['a zero-width space', 'a\u200bb@c'],
    ['a zero-width joiner', 'a\u200db@c'],
    ['a right-to-left mark', 'a\u200f@b'],
    ['a line separator', 'a\u2028b@c'],
    ['a paragraph separator', 'a\u2029b@c'],
    ['a right-to-left override', 'a\u202eb@c'],
    ['a word joiner', 'a\u2060b@c'],
    ['a left-to-right isolate', 'a\u2066b@c'],
    ['a pop directional isolate', 'a\u2069b@c'],
    ['a variation selector', 'a\ufe0f@b'],
    ['a byte order mark', '\ufeffa@b'],
    ['a replacement character', 'a\ufffd@b'],
    ['a character that is none', 'a\uffff@b'],
    ['a private character', 'a\ue000@b'],
    ['a tag character', 'a\u{e0041}@b'],
    ['a no-break space', 'a\u00a0b@c'],
    ['an em space', 'a\u2003b@c'],
    ['an ideographic space', 'a\u3000b@c'],
    ['a zero-width space in quotes', '"a\u200b"@b'],
    ['a zero-width space in the domain', 'a@b\u200b'],
    ['a bidirectional override in the domain', 'a@b\u202ec'],
    ['a right-to-left isolate in a source route', '@x\u2067y:a@b'],
  ])('refuses %s', (_what, path) => {
    expect(parseMailbox(path)).toBeUndefined();
    expect(addressOf(path)).toBeUndefined();
  });

  // RFC 5321 §4.5.3.1.3: 256 octets, brackets included.
  test('has at most 254 octets between its brackets', () => {
    const local = 'l'.repeat(64);
    const domain = (octets: number): string => `${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(octets - 122)}`;
    expect(parseMailbox(`${local}@${domain(189)}`)?.domain).toHaveLength(189);
    expect(parseMailbox(`${local}@${domain(190)}`)).toBeUndefined();
    expect(parseMailbox(`${'ä'.repeat(126)}@b`)?.localPart).toHaveLength(126);
    expect(parseMailbox(`${'ä'.repeat(127)}@b`)).toBeUndefined();
    expect(addressOf(`@${'x'.repeat(249)}:a@b`)).toBe('a@b');
    expect(addressOf(`@${'x'.repeat(250)}:a@b`)).toBeUndefined();
  });
});

describe('address literals', () => {
  test.each(['192.0.2.1', '0.0.0.0', '255.255.255.255', 'IPv6:::', 'IPv6:1:2:3:4:5:6:7:8', 'tag:x', 'a-b:c'])(
    'takes %s',
    (text) => expect(isAddressLiteral(text)).toBe(true),
  );

  test.each([
    '',
    '192.0.2',
    '192.0.2.1.5',
    '192.0.2.256',
    '192.0.2.-1',
    '192.0.2.1 ',
    '0x7f.0.0.1',
    'IPv6:',
    'IPv6:1::2::3',
    'IPv6:12345::',
    'IPv6:fe80::1%eth0',
    'IPv6:::1]',
    'IPv6:::1/64',
    'IPv6:::1?a',
    'IPv6:::1#a',
    'IPv6:a@::1',
    'IPv6:192.0.2.1',
    'tag:',
    'tag-:x',
    ':x',
    'tag:[x',
    'tag:a b',
  ])('refuses %j', (text) => expect(isAddressLiteral(text)).toBe(false));
});

describe('MAIL and RCPT', () => {
  test('take the null reverse-path in MAIL only', () => {
    expect(parseMailArgument('FROM:<>')).toEqual({
      mailbox: { address: '', localPart: '', domain: '' },
      parameters: new Map(),
    });
    expect(parseRcptArgument('TO:<>')).toBe('path');
  });

  test('take postmaster without a domain in RCPT only', () => {
    expect(parseRcptArgument('TO:<PostMaster>')).toMatchObject({
      mailbox: { address: 'PostMaster', localPart: 'PostMaster', domain: '' },
    });
    expect(parseMailArgument('FROM:<postmaster>')).toBe('path');
    expect(parseRcptArgument('TO:<postmasters>')).toBe('path');
  });

  test.each(['FROM:<a@b>', 'from:<a@b>', 'From:<a@b>', 'FROM: <a@b>', 'FROM :<a@b>', 'FROM : <a@b>', 'FROM:<a@b> '])(
    'take %j',
    (text) => expect(parseMailArgument(text)).toMatchObject({ mailbox: { address: 'a@b' } }),
  );

  test.each([
    '',
    'FROM',
    'FROM:',
    'FROM:a@b',
    'FROM<a@b>',
    'FROM:<a@b',
    'FROM:a@b>',
    'FROM:  <a@b>',
    'FROM  :<a@b>',
    'FROM:\t<a@b>',
    'FROM:<a@b>>',
    'FROM:<a@b>SIZE=1',
    'FROM:<a@b>\tSIZE=1',
    'FROM:"<a@b>"',
    'FROM:Joe <a@b>',
    'FROM:<"a@b>',
    'FROM:<"a\\">@b>',
    'TO:<a@b>',
    'ſFROM:<a@b>',
  ])('refuse %j', (text) => expect(parseMailArgument(text)).toBe('path'));

  test.each(['TO:<a@b>', 'to: <a@b>'])('RCPT takes %j', (text) => {
    expect(parseRcptArgument(text)).toMatchObject({ mailbox: { address: 'a@b' } });
  });
  test.each(['FROM:<a@b>', 'T0:<a@b>', 'TO:<a@b'])('RCPT refuses %j', (text) => {
    expect(parseRcptArgument(text)).toBe('path');
  });
});

describe('parameters', () => {
  test.each<[text: string, parameters: object]>([
    ['', {}],
    [' ', {}],
    [' SIZE=1000', { SIZE: '1000' }],
    [' size=1 BODY=8bitmime SMTPUTF8', { SIZE: '1', BODY: '8bitmime', SMTPUTF8: true }],
    ['  A   B=1  ', { A: true, B: '1' }],
    [' X-Y=!"#$%&\'()*+,-./:;<>?@[\\]^_`{|}~', { 'X-Y': '!"#$%&\'()*+,-./:;<>?@[\\]^_`{|}~' }],
    [' ORCPT=utf-8;müller', { ORCPT: 'utf-8;müller' }],
    [' AUTH=<>', { AUTH: '<>' }],
    [' CONSTRUCTOR=1', { CONSTRUCTOR: '1' }],
  ])('%j', (text, parameters) => expect(parametersOf(text)).toEqual(parameters));

  test.each([
    ' =1',
    ' A=',
    ' A==',
    ' A=1=2',
    ' -A=1',
    ' A_B=1',
    ' A\tB',
    ' A=\u0001',
    ' ä=1',
    ' A=\u200b',
    ' A=\u2066',
  ])('refuses %j', (text) => expect(parametersOf(text)).toBe('parameter'));

  test.each([' A A', ' A=1 a=2'])('refuses %j, which gives one twice', (text) => {
    expect(parametersOf(text)).toBe('duplicate-parameter');
  });
});

describe('isNonAscii', () => {
  test.each([
    ['', false],
    ['a@b\u007f', false],
    ['a@b\u0080', true],
    ['😀', true],
  ])('%j: %s', (text, expected) => expect(isNonAscii(text)).toBe(expected));
});

describe('hostile input', () => {
  const LINE = 4096;
  const AUTH_LINE = 12 * 1024;
  const pieces = [
    'a',
    'a.',
    'a-',
    '-',
    '.',
    '@',
    '@a',
    '@a,',
    '@a.b,@',
    '"',
    '""',
    '\\',
    '\\"',
    '"\\',
    '<',
    '>',
    ' ',
    ' a',
    ' a=',
    ' A=1',
    '[',
    '[IPv6:',
    ':',
    '::',
    '1.',
    'ä',
    'ä-',
    'ä.',
    '\u200b',
    'xn--',
  ];
  test.each([LINE, AUTH_LINE])('is read in little time: lines of %d octets', (octets) => {
    const start = performance.now();
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(octets / piece.length));
      for (const tail of ['', '!', '\u0001', '>', '@b>', '"@b>']) {
        parseMailArgument(`FROM:<${text}${tail}`);
        parseRcptArgument(`TO:<${text}${tail}`);
        parseMailArgument(`FROM:<a@b>${text}${tail}`);
        parseMailArgument(`FROM:<a@b> A=${text}${tail}`);
      }
      // What fits into a path is the worst that reaches the grammar itself.
      for (const tail of ['', '!', '@', '@b', '"@b', ']']) {
        parseMailbox(`${text.slice(0, 120)}${tail}`);
        parseMailbox(`a@${text.slice(0, 120)}${tail}`);
        parseMailbox(`"${text.slice(0, 120)}${tail}`);
        parseMailbox(`@${text.slice(0, 120)}${tail}`);
      }
    }
    // 1,500 inputs; each alone is far below a millisecond.
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test('never throws, and what it takes it can write and read again', () => {
    const part = fc.oneof(fc.constantFrom(...pieces, 'a@b', '"a b"@c', '[192.0.2.1]'), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const mailbox = parseMailbox(parts.join(''));
        if (mailbox === undefined) return;
        expect(parseMailbox(mailbox.address)).toEqual(mailbox);
        expect(mailbox.address).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 3000 },
    );
  });
});
