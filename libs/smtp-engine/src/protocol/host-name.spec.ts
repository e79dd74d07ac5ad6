import { describe, expect, test } from '@jest/globals';
import { isHelloName, isHostName } from './host-name.js';

const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

describe('isHostName', () => {
  test.each([
    'localhost',
    'mx.example.com',
    'MX-1.Example',
    'under_score.example',
    '1.2.3.4.in-addr.arpa',
    '3com.com',
    longest,
  ])('%s', (name) => expect(isHostName(name)).toBe(true));
  test.each([
    '',
    '.',
    'mx.example.',
    '.example',
    'a..b',
    '-a.example',
    'a-.example',
    'a b',
    'müx.example',
    '192.0.2.1',
    '42',
    '::1',
    '[192.0.2.1]',
    'a\r\nb',
    'a\n',
    'a'.repeat(64),
    `${longest}x`,
  ])('%j is none', (name) => expect(isHostName(name)).toBe(false));
});

describe('isHelloName', () => {
  test.each(['client', 'MY PC', '[192.0.2.1]', 'a', 'x'.repeat(255)])('%s', (name) =>
    expect(isHelloName(name)).toBe(true),
  );
  test.each(['', ' ', 'a ', ' a', 'a\tb', 'é', 'x'.repeat(256)])('%j is none', (name) =>
    expect(isHelloName(name)).toBe(false),
  );
});
