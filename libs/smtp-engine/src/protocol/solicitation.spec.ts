import { expect, test } from '@jest/globals';
import { isSolicitationKeywords } from './solicitation.js';

test.each([
  ['net.example:ADV', true],
  ['net.example:ADV,org.example:ADV:ADLT', true],
  ['a-b_c9', true],
  [`a${'b'.repeat(999)}`, true],
  [`a${'b'.repeat(1000)}`, false],
  ['9net.example', false],
  [':ADV', false],
  ['a,', false],
  ['a,,b', false],
  ['a b', false],
  ['ä', false],
  ['', false],
])('%s', (text, expected) => expect(isSolicitationKeywords(text)).toBe(expected));
