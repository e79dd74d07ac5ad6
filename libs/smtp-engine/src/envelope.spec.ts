import { expect, test } from '@jest/globals';
import { Envelope, ForwardPath, MailPath, type MailParameters, type RcptParameters, ReversePath } from './envelope.js';

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
    dsn: { ret: null, envid: null },
    requireTLS: false,
    mtPriority: undefined,
    deliverBy: undefined,
    futureRelease: undefined,
    solicit: [],
    custom: {},
  });
  const [one, other] = [new Envelope(sender), new Envelope(sender)];
  expect(one.id).toBe(one.id);
  expect(one.id).not.toBe(other.id);
});

test('what parameters come to', () => {
  const mail: Required<MailParameters> = {
    bodyType: 'binarymime',
    smtpUtf8: true,
    declaredSize: 5,
    dsn: { ret: 'FULL', envid: 'x' },
    requireTLS: true,
    mtPriority: -3,
    deliverBy: { seconds: 60, mode: 'R', trace: true },
    futureRelease: { holdFor: 60 },
    solicit: ['net.example:ADV'],
    custom: { id: 1 },
  };
  expect(new Envelope(new ReversePath('a@b', 'a', 'b'), mail)).toMatchObject(mail);
  const rcpt: Required<RcptParameters> = {
    dsn: { notify: ['NEVER'], orcpt: 'rfc822;c@d' },
    rrvs: { since: new Date(0), action: 'reject' },
    custom: { id: 2 },
  };
  expect(new ForwardPath('c@d', 'c', 'd', false, rcpt)).toMatchObject(rcpt);
  expect(new ForwardPath('c@d', 'c', 'd')).toMatchObject({ dsn: undefined, rrvs: undefined, custom: {} });
});
