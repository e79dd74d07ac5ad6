import { RecipientPattern } from './recipient-pattern.js';

function address(text: string): { localPart: string; domain: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { localPart: text, domain: '' } : { localPart: text.slice(0, at), domain: text.slice(at + 1) };
}

test.each<[string, string, Record<string, string> | undefined]>([
  ['bob@example.com', 'bob@example.com', {}],
  ['bob@example.com', 'BOB@Example.COM', {}],
  ['bob@example.com', 'bobby@example.com', undefined],
  ['bob@example.com', 'abob@example.com', undefined],
  ['support+:ticket@example.com', 'Support+A-17@example.com', { ticket: 'A-17' }],
  ['support+:ticket@example.com', 'support+@example.com', undefined],
  ['support+:ticket@example.com', 'support@example.com', undefined],
  [':user+:tag@example.com', 'ann+x+y@example.com', { user: 'ann', tag: 'x+y' }],
  [':user+:tag@example.com', '+x+y@example.com', { user: '+x', tag: 'y' }],
  [':user-x@example.com', 'a-x-x@example.com', { user: 'a-x' }],
  ['*@example.com', 'any"thing@example.com', {}],
  ['list-*@example.com', 'list-@example.com', {}],
  ['*-request@example.com', 'a-request@example.com', {}],
  ['a*b*c@x', 'a1b2b3c@x', {}],
  ['a*b*c@x', 'ac@x', undefined],
  ['ab*ba@x', 'aba@x', undefined],
  ['x@:tenant.example.com', 'x@acme.example.com', { tenant: 'acme' }],
  ['x@:tenant.example.com', 'x@a.b.example.com', undefined],
  ['x@*.example.com', 'x@a.b.example.com', {}],
  ['x@*', 'x@anywhere', {}],
  ['postmaster@*', 'postmaster', {}],
  ['postmaster', 'postmaster', {}],
  ['postmaster', 'postmaster@example.com', undefined],
  ['x@[IPv6:db8::1]', 'x@[ipv6:DB8::1]', {}],
  ['a:b:c@x', 'abc', undefined],
])('%s and %s', (pattern, given, expected) => {
  if (pattern === 'a:b:c@x') expect(() => new RecipientPattern(pattern)).toThrow(/touch/);
  else expect(new RecipientPattern(pattern).match(address(given))).toEqual(expected);
});

test.each([
  ['', /local-part@domain/],
  ['@example.com', /local-part@domain/],
  ['bob@', /local-part@domain/],
  ['b ob@example.com', /blanks/],
  [':a*@example.com', /touch/],
  ['**@example.com', /touch/],
  [':a@:a.example.com', /:a stands there twice/],
])('%j is no pattern', (pattern, expected) => {
  expect(() => new RecipientPattern(pattern)).toThrow(expected);
});

test('the more specific first: domain before local-part, literal before name before *', () => {
  const sorted = [
    'support+1@example.com',
    'support+:ticket@example.com',
    ':any@example.com',
    'support-*@example.com',
    '*@example.com',
    'support@:tenant.example.com',
    'support@*.example.com',
    'support@*',
    '*@*',
  ];
  const patterns = [...sorted].reverse().map((text) => new RecipientPattern(text));
  expect(patterns.sort((a, b) => a.compare(b)).map(({ text }) => text)).toEqual(sorted);
});

test('names and case make no other pattern', () => {
  expect(new RecipientPattern('Support+:ticket@Example.com').key).toBe('support+:@example.com');
});

test.each([
  ['*@example.com', 'bob@example.com', true],
  ['*@example.com', 'bob@example.org', false],
  ['a*@x', '*b@x', true],
  ['a*@x', 'b*@x', false],
  ['x@*.example.com', 'x@:tenant.example.com', true],
  ['support+:ticket@x', 'support+1@x', true],
  ['support@x', 'support+:ticket@x', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect(new RecipientPattern(a).overlaps(new RecipientPattern(b))).toBe(expected);
  expect(new RecipientPattern(b).overlaps(new RecipientPattern(a))).toBe(expected);
});

test('a long address takes no long time', () => {
  const pattern = new RecipientPattern(':a-:b-:c-:d-:e-x@example.com');
  const started = performance.now();
  expect(pattern.match({ localPart: '-'.repeat(4000), domain: 'example.com' })).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(50);
});
