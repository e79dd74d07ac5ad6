import { describe, expect, test } from '@jest/globals';
import { Envelope, type MailParameters } from './envelope.js';
import { ForwardPath, MailPath, type RcptParameters, ReversePath } from './mail-path.js';

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

describe('the same envelope for some of its recipients', () => {
  const mail: Required<MailParameters> = {
    bodyType: '8bitmime',
    smtpUtf8: true,
    declaredSize: 5,
    dsn: { ret: 'HDRS', envid: 'x' },
    requireTLS: true,
    mtPriority: 2,
    deliverBy: { seconds: 60, mode: 'N', trace: false },
    futureRelease: { holdFor: 60 },
    solicit: ['net.example:ADV'],
    custom: { id: 1 },
  };
  const paths = ['a', 'b', 'c'].map((name) => new ForwardPath(`${name}@x`, name, 'x'));
  const whole = new Envelope(new ReversePath('s@x', 's', 'x'), mail);
  whole.rcptTo.push(...paths);

  test('all else is the same, the id too', () => {
    const part = whole.forRecipients(paths.slice(1));
    expect(part).toBeInstanceOf(Envelope);
    expect(part).toMatchObject({ ...mail, mailFrom: whole.mailFrom });
    expect(Object.keys(part)).toEqual(Object.keys(whole));
    expect(part.rcptTo).toEqual(paths.slice(1));
    expect(part.rcptTo[0]).toBe(paths[1]);
    expect(part.id).toBe(whole.id);
    expect(whole.forRecipients([]).id).toBe(part.id);
    expect(part.forRecipients(paths.slice(2))).toMatchObject({ ...mail, id: whole.id, rcptTo: [paths[2]] });
  });

  test('what is done to the recipients of one is not done to the other', () => {
    const given = paths.slice(1);
    const part = whole.forRecipients(given);
    part.rcptTo.pop();
    given.pop();
    expect(part.rcptTo).toEqual([paths[1]]);
    expect(whole.rcptTo).toEqual(paths);
  });
});
