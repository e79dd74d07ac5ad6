import { expect, test } from '@jest/globals';
import { parseEnvid, parseNotify, parseOrcpt } from './dsn.js';

test.each([
  ['NEVER', ['NEVER']],
  ['never', ['NEVER']],
  ['SUCCESS,FAILURE,DELAY', ['SUCCESS', 'FAILURE', 'DELAY']],
  ['delay,DELAY', ['DELAY']],
  ['NEVER,SUCCESS', undefined],
  ['SUCCESS,NEVER', undefined],
  ['SOMETIMES', undefined],
  ['SUCCESS,', undefined],
  ['', undefined],
])('NOTIFY=%s', (text, values) => expect(parseNotify(text)).toEqual(values));

test.each([
  ['QQ314159', 'QQ314159'],
  ['a+20b', 'a b'],
  ['a+2B+3D', 'a+='],
  ['x'.repeat(100), 'x'.repeat(100)],
  ['+2B'.repeat(100), '+'.repeat(100)],
  ['x'.repeat(101), undefined],
  ['a+0A', undefined],
  ['a+C3+A9', undefined],
  ['a+2b', undefined],
  ['a=b', undefined],
  ['', undefined],
])('ENVID=%s', (text, envid) => expect(parseEnvid(text)).toBe(envid));

test.each([
  ['rfc822;bob@example.org', 'rfc822;bob@example.org'],
  ['rfc822;bob+2Bx@example.org', 'rfc822;bob+x@example.org'],
  ['RFC822;Bob@Example.ORG', 'RFC822;Bob@Example.ORG'],
  ['x-mail.400;any', undefined],
  ['x400;/C+3Dde/', 'x400;/C=de/'],
  ['rfc822;', undefined],
  [';bob', undefined],
  ['bob@example.org', undefined],
  ['rfc822;bob+0D+0A@example.org', undefined],
  ['rfc822;b+C3+B6b@example.org', undefined],
  ['rfc822;bö@example.org', undefined],
  [`rfc822;${'x'.repeat(493)}`, `rfc822;${'x'.repeat(493)}`],
  [`rfc822;${'x'.repeat(494)}`, undefined],
  ['utf-8;bö@example.org', 'utf-8;bö@example.org'],
  ['utf-8;b\\x{F6}@example.org', 'utf-8;bö@example.org'],
  ['UTF-8;b\\x{1F600}@x', 'UTF-8;b😀@x'],
  ['utf-8;a\\x{2B}b@x', 'utf-8;a+b@x'],
  ['utf-8;a\\x{0A}b@x', undefined],
  ['utf-8;a\\x{85}b@x', undefined],
  ['utf-8;a\\x{D800}b@x', undefined],
  ['utf-8;a\\x{110000}b@x', undefined],
  ['utf-8;a\\x{G0}b@x', undefined],
  ['utf-8;a\\b@x', undefined],
  ['utf-8;a+2Bb@x', undefined],
])('ORCPT=%s', (text, orcpt) => expect(parseOrcpt(text)).toBe(orcpt));
