import { Wording } from './replies.js';

const plain = new Wording(false);
const coded = new Wording(true);

test.each<[text: unknown, wire: string, coded: string]>([
  ['not here', '550 not here', '550 5.1.1 not here'],
  ['blanks  ', '550 blanks  ', '550 5.1.1 blanks  '],
  ['', '550', '550 5.1.1'],
  [undefined, '550', '550 5.1.1'],
  ['two\r\n250 lines\0', '550 two  250 lines ', '550 5.1.1 two  250 lines '],
  ['a\u0085b\u001b[0m', '550 a b [0m', '550 5.1.1 a b [0m'],
  [['one ', 'two\n'], '550-one \r\n550 two ', '550-5.1.1 one \r\n550 5.1.1 two '],
  // The application's own enhanced code is said once.
  ['5.7.1 own code ', '550 5.7.1 own code ', '550 5.7.1 own code '],
  ['5.7.1', '550 5.7.1', '550 5.7.1'],
  ['x'.repeat(600), `550 ${'x'.repeat(600)}`, `550 5.1.1 ${'x'.repeat(600)}`],
])('says %j as it was given', (text, wire, withCode) => {
  expect(plain.reply(550, text).toWire()).toBe(`${wire}\r\n`);
  expect(coded.reply(550, text).toWire()).toBe(`${withCode}\r\n`);
  expect(coded.reply(550, text).toString()).toBe(withCode);
});

test('an empty challenge keeps its blank', () => {
  expect(plain.reply(334, undefined).toWire()).toBe('334 \r\n');
  expect(coded.reply(334, '').toWire()).toBe('334 \r\n');
});

test('an application that refuses a connection is quoted without a code', () => {
  expect(coded.bareRefusal({ message: 'go  ' }, 554).toWire()).toBe('554 go  \r\n');
  expect(coded.bareRefusal({ message: '', responseCode: 421 }, 554).toWire()).toBe('421\r\n');
  expect(coded.refusal({ message: 'go', responseCode: 999 }, 554).toWire()).toBe('554 5.6.0 go\r\n');
});
