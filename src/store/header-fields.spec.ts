import fc from 'fast-check';
import { HEADER_SECTION_BYTES, readHeaderFields } from './header-fields.js';

const subjectOf = (mail: string | Uint8Array): string => readHeaderFields(Buffer.from(mail)).subject;

describe('readHeaderFields', () => {
  test.each([
    ['plain', 'Subject: Hello\r\n\r\n', 'Hello'],
    ['no space, any case, space before the colon', 'SUBJECT :Hello\r\n\r\n', 'Hello'],
    ['folded', 'Subject: one\r\n two\r\n\tthree\r\n\r\n', 'one two three'],
    ['folded before its first word', 'Subject:\r\n Hello\r\n\r\n', 'Hello'],
    ['bare line feeds', 'From: a\nSubject: one\n two\n\nSubject: body\n', 'one two'],
    ['the first of two', 'Subject: first\r\nSubject: second\r\n\r\n', 'first'],
    ['none', 'From: a@example.com\r\n\r\nHi', ''],
    ['empty', 'Subject:\r\nFrom: a\r\n\r\n', ''],
    ['in the body only', 'From: a\r\n\r\nSubject: body\r\n', ''],
    ['a body without a header section', '\r\nSubject: body\r\n', ''],
    ['in a continuation line only', 'X-Note: see\r\n Subject: not me\r\n\r\n', ''],
    ['in the name of another field', 'X-Subject: not me\r\n\r\n', ''],
    ['no end of the header section', 'Subject: Hello', 'Hello'],
    ['an empty mail', '', ''],
    ['Q', 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=\r\n\r\n', 'Grüße an alle'],
    ['B', 'Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n\r\n', 'Grüße'],
    ['a character split over two words', 'Subject: =?utf-8?B?w4?=\r\n =?utf-8?B?RuZA==?=\r\n\r\n', 'Änd'],
    ['space between words is dropped', 'Subject: =?utf-8?Q?=C3=A4?=\r\n =?utf-8?Q?=C3=B6?=\r\n\r\n', 'äö'],
    ['space beside text is kept', 'Subject: a =?utf-8?Q?=C3=A4?= b\r\n\r\n', 'a ä b'],
    ['a language', 'Subject: =?utf-8*de?Q?=C3=A4?=\r\n\r\n', 'ä'],
    ['Latin', 'Subject: =?iso-8859-1?Q?=E4?=\r\n\r\n', 'ä'],
    ['Japanese', 'Subject: =?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=\r\n\r\n', 'こんにちは'],
    ['Chinese', 'Subject: =?gb2312?B?xOO6ww==?=\r\n\r\n', '你好'],
    ['a word that is not closed', 'Subject: =?utf-8?Q?open\r\n\r\n', '=?utf-8?Q?open'],
    ['an encoding that nobody knows', 'Subject: =?utf-8?X?a?=\r\n\r\n', '=?utf-8?X?a?='],
    ['a line break in a word', 'Subject: =?utf-8?Q?a=0D=0ABcc:_b?=\r\n\r\n', 'a Bcc: b'],
    ['control characters', 'Subject: a\u0000b\u001b[31mc\r\n\r\n', 'a b [31mc'],
    ['a bare carriage return starts no field', 'From: a\rSubject: b\r\n\r\n', ''],
    ['raw UTF-8', 'Subject: Größe €\r\n\r\n', 'Größe €'],
  ])('Subject: %s', (_what, mail, subject) => {
    expect(subjectOf(mail)).toBe(subject);
  });

  test('reads raw 8-bit text that is no UTF-8 as Windows Latin', () => {
    expect(subjectOf(Buffer.from('Subject: Gr\xfc\xdfe \x80\r\n\r\n', 'latin1'))).toBe('Grüße €');
  });

  test.each([
    ['Änne <a@example.com>', 'Änne <a@example.com>'],
    ['=?utf-8?Q?=C3=84nne?=\r\n <a@example.com>', 'Änne <a@example.com>'],
    ['"Ann, the first" <a@example.com>, b@example.com', '"Ann, the first" <a@example.com>, b@example.com'],
  ])('From: %j', (raw, from) => {
    expect(readHeaderFields(Buffer.from(`Received: x\r\nFrom: ${raw}\r\nSubject: s\r\n\r\n`)).from).toBe(from);
  });

  test('bounds what it keeps, and cuts no character in two', () => {
    expect(subjectOf(`Subject: ${'x'.repeat(5_000)}\r\n\r\n`)).toBe('x'.repeat(1000));
    expect(subjectOf(`Subject: y${'😀'.repeat(600)}\r\n\r\n`)).toBe(`y${'😀'.repeat(499)}`);
  });

  test('looks no further than its bound', () => {
    const fields = (bytes: number): string => `X: ${'x'.repeat(bytes - 5)}\r\n`;
    expect(subjectOf(`${fields(HEADER_SECTION_BYTES - 100)}Subject: near\r\n\r\n`)).toBe('near');
    expect(subjectOf(`${fields(HEADER_SECTION_BYTES)}Subject: far\r\n\r\n`)).toBe('');
  });

  test.each([
    ['words without end', '=?utf-8?Q?a'],
    ['openings', '=?'],
    ['empty words', '=?utf-8?B??='],
    ['question marks', '?'],
    ['words', '=?utf-8?Q?=C3=A4?= '],
    ['spaces behind a word', '=?a?B?b?=      '],
  ])('takes little time for a field of many %s', (_what, piece) => {
    const mail = Buffer.from(`Subject: ${piece.repeat(HEADER_SECTION_BYTES / piece.length)}\r\n\r\n`);
    const start = performance.now();
    readHeaderFields(mail);
    expect(performance.now() - start).toBeLessThan(100);
  });

  test('takes any octets', () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('=', '?', 'Q', 'B', 'utf-8', '\r\n', '\n', ' ', 'Subject:', '\xff', 'ä') }),
    );
    fc.assert(
      fc.property(octets, (mail) => {
        const { subject, from } = readHeaderFields(Buffer.concat([Buffer.from('Subject: '), Buffer.from(mail)]));
        expect(subject).not.toMatch(/\p{Cc}/u);
        expect(from.length).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
