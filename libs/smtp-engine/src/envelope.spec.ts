import { expect, test } from '@jest/globals';
import { Envelope, ForwardPath, MailPath, ReversePath } from './envelope.js';

test('paths', () => {
  const path = new ForwardPath('"a b"@c', 'a b', 'c');
  expect(path).toBeInstanceOf(MailPath);
  expect(path).toMatchObject({ address: '"a b"@c', localPart: 'a b', domain: 'c', args: false });
  expect(String(path)).toBe('"a b"@c');
  expect(new ForwardPath('a@b', 'a', 'b', { NOTIFY: 'NEVER' }).args).toEqual({ NOTIFY: 'NEVER' });
  expect(new ReversePath('', '', '').isNull).toBe(true);
  expect(new ReversePath('a@b', 'a', 'b').isNull).toBe(false);
});

test('envelopes', () => {
  const sender = new ReversePath('a@b', 'a', 'b');
  expect(new Envelope(sender)).toMatchObject({
    mailFrom: sender,
    rcptTo: [],
    bodyType: '7bit',
    smtpUtf8: false,
    declaredSize: undefined,
  });
  const [one, other] = [new Envelope(sender), new Envelope(sender)];
  expect(one.id).toBe(one.id);
  expect(one.id).not.toBe(other.id);
});
