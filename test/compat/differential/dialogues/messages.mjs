// DATA: dots, newlines, sizes, what onData may answer; LMTP; pipelining.
import { burst, drop, dribble, end, mail, pause, raw, replies } from '../steps.mjs';

const EHLO = 'EHLO a.test';
const TO = 'RCPT TO:<b@b.test>';
const from = (name) => `MAIL FROM:<${name}@a.test>`;
const START = [EHLO, from('a'), TO, 'DATA'];
const NEXT = [from('a'), TO, 'DATA', mail('next'), 'QUIT'];

const BODIES = [
  ['empty', '.\r\n'],
  ['one-line', 'x\r\n.\r\n'],
  ['blank', '\r\n.\r\n'],
  ['dots', '..\r\n...\r\n..a\r\n.\r\n'],
  ['single-dot', 'a\r\n.b\r\n.\r\n'],
  ['first-single-dot', '.b\r\n.\r\n'],
  ['first-double-dot', '..b\r\n.\r\n'],
  ['dot-end', 'a.\r\n.\r\n'],
  ['dots-inside', 'a..b\r\n.\r\n'],
  ['lf-dot-lf', 'a\n.\nb\r\n.\r\n'],
  ['lf-dot-crlf', 'a\n.\r\nb\r\n.\r\n'],
  ['crlf-dot-lf', 'a\r\n.\nb\r\n.\r\n'],
  ['cr-dot-cr', 'a\r.\rb\r\n.\r\n'],
  ['crlf-dot-cr', 'a\r\n.\rb\r\n.\r\n'],
  ['lf-double-dot', 'a\n..b\r\n.\r\n'],
  ['bare-lf', 'a\nb\n\r\n.\r\n'],
  ['bare-cr', 'a\rb\r\r\n.\r\n'],
  ['nul', 'a\0b\r\n.\r\n'],
  ['utf8', 'ä\u20ac\r\n.\r\n'],
  ['8bit', Buffer.from('a\xff\xfe\r\n.\r\n', 'latin1')],
  ['long-line', `${'x'.repeat(3000)}\r\n.\r\n`],
  ['large', `${`${'y'.repeat(70)}\r\n`.repeat(3000)}.\r\n`],
  ['commands', 'QUIT\r\nRSET\r\n.\r\n'],
  ['at-limit', `${'x'.repeat(98)}\r\n.\r\n`],
  ['over-limit', `${'x'.repeat(99)}\r\n.\r\n`],
  ['far-over', `${'x'.repeat(5000)}\r\n.\r\n`],
];
const bodies = BODIES.flatMap(([name, body]) => [
  [`body-${name}`, 'open', ...START, raw(body, 1), ...NEXT],
  [`size-${name}`, 'size', ...START, raw(body, 1), ...NEXT],
  ...(body.length < 50 ? [[`dribble-${name}`, 'open', ...START, dribble(body), 'NOOP']] : []),
]);
const sizes = ['hidesize', 'oversized', 'lmtpoversized'].flatMap((setup) =>
  ['at-limit', 'over-limit', 'far-over'].map((name) => {
    const hello = setup === 'lmtpoversized' ? 'LHLO a.test' : EHLO;
    return [
      `${setup}-${name}`,
      setup,
      hello,
      from('a'),
      TO,
      'DATA',
      raw(BODIES.find(([id]) => id === name)[1], 1),
      'NOOP',
    ];
  }),
);

/** Senders whose name says what onData answers. */
const OUTCOMES = [
  'drefuse',
  'dcode',
  'dpermanent',
  'dsplit',
  'dempty',
  'dlate',
  'dlaterefuse',
  'dmessage',
  'dnumber',
  'dnotes',
];
const MORE_OUTCOMES = [
  'darray',
  'darrayerrors',
  'dclose421',
  'downenhanced',
  'early',
  'earlyrefuse',
  'undrained',
  'dthrow',
  'destroy',
];
const outcomes = [...OUTCOMES, ...MORE_OUTCOMES].flatMap((name) => [
  [`outcome-${name}`, 'open', EHLO, from(name), TO, 'DATA', mail('x'), 'NOOP', ...NEXT],
  [`codes-${name}`, 'codes', EHLO, from(name), TO, 'DATA', mail('x'), 'NOOP'],
  [`oversized-${name}`, 'oversized', EHLO, from(name), TO, 'DATA', mail('x'.repeat(300)), 'NOOP'],
  [`lmtp-${name}`, 'lmtp', 'LHLO a.test', from(name), TO, 'RCPT TO:<c@c.test>', 'DATA', mail('x', 2), 'NOOP'],
]);

const REFUSALS = [
  'refuse',
  'code',
  'permanent',
  'close421',
  'split',
  'empty',
  'throw',
  'late',
  'laterefuse',
  'ownenhanced',
];
const refusals = REFUSALS.flatMap((name) => [
  [`mail-${name}`, 'open', EHLO, from(name), TO, 'RSET', from('a'), TO, 'DATA', mail('x')],
  [`rcpt-${name}`, 'open', EHLO, from('a'), `RCPT TO:<${name}@b.test>`, 'DATA', TO, 'DATA', mail('x')],
  [`codes-mail-${name}`, 'codes', EHLO, from(name), `RCPT TO:<${name}@b.test>`, from('a'), `RCPT TO:<${name}@b.test>`],
]);

const LMTP = ['LHLO a.test', from('a'), TO, 'RCPT TO:<c@c.test>'];

export default [
  ...bodies,
  ...sizes,
  ...outcomes,
  ...refusals,
  ['bad-code', 'open', EHLO, from('badcode'), from('a'), 'RCPT TO:<badcode@b.test>', TO, 'NOOP'],
  ['bad-code-data', 'open', EHLO, from('dbadcode'), TO, 'DATA', mail('x'), 'NOOP'],
  ['lmtp-helo', 'lmtp', 'HELO a.test', 'EHLO a.test', 'LHLO', 'LHLO a.test', 'QUIT'],
  ['lmtp-first', 'lmtp', from('a'), TO, 'DATA'],
  ['lmtp', 'lmtp', ...LMTP, 'DATA', mail('x', 2), ...LMTP, 'DATA', mail('y', 2), 'QUIT'],
  ['lmtp-codes', 'lmtpcodes', ...LMTP, 'DATA', mail('x', 2), 'QUIT'],
  ['lmtp-one', 'lmtp', ...LMTP.slice(0, 3), 'DATA', mail('x'), 'QUIT'],
  ['lmtp-same', 'lmtp', ...LMTP.slice(0, 3), 'RCPT TO:<B@b.test>', 'DATA', mail('x'), 'QUIT'],
  ['lmtp-array', 'lmtpcodes', 'LHLO a', from('darray'), TO, 'RCPT TO:<c@c.test>', 'DATA', mail('x', 2), 'QUIT'],
  [
    'lmtp-short-array',
    'lmtp',
    'LHLO a',
    from('darray'),
    TO,
    'RCPT TO:<c@c.test>',
    'RCPT TO:<d@c.test>',
    'DATA',
    mail('x', 2),
    'NOOP',
  ],
  ['lmtp-long-array', 'lmtp', 'LHLO a', from('dlongarray'), TO, 'DATA', mail('x'), 'NOOP'],
  ['lmtp-empty-array', 'lmtp', 'LHLO a', from('demptyarray'), TO, 'DATA', mail('x', 0), pause(30), 'NOOP'],
  ['smtp-long-array', 'open', EHLO, from('dlongarray'), TO, 'DATA', mail('x'), 'NOOP'],
  ['smtp-empty-array', 'open', EHLO, from('demptyarray'), TO, 'DATA', mail('x', 0), pause(30), 'NOOP'],
  ['pipelined', 'open', burst(EHLO, from('a'), TO, 'RCPT TO:<c@c.test>', 'DATA'), mail('x'), 'QUIT'],
  ['pipelined-message', 'open', EHLO, raw(`${from('a')}\r\n${TO}\r\nDATA\r\nx\r\n.\r\nQUIT\r\n`, 5)],
  ['pipelined-two', 'open', EHLO, raw(`${from('a')}\r\n${TO}\r\nDATA\r\nx\r\n.\r\n`.repeat(3), 12), 'QUIT'],
  ['pipelined-refused', 'open', EHLO, burst(from('refuse'), TO, 'DATA', 'x', '.', 'NOOP')],
  ['pipelined-half', 'open', EHLO, burst(from('a'), 'RCPT TO:<refuse@b.test>', TO, 'DATA'), mail('x'), 'NOOP'],
  ['pipelined-late', 'open', EHLO, burst(from('late'), 'RCPT TO:<late@b.test>', TO, 'NOOP'), 'QUIT'],
  ['pipelined-many', 'open', EHLO, burst(...Array.from({ length: 150 }, () => 'NOOP')), 'QUIT'],
  ['pipelined-quit', 'open', EHLO, burst(from('a'), TO, 'QUIT', 'NOOP')],
  ['pipelined-dlate', 'open', EHLO, burst(from('dlate'), TO, 'DATA'), raw('x\r\n.\r\nNOOP\r\nRSET\r\n', 3), 'QUIT'],
  ['data-and-quit', 'open', ...START, raw('x\r\n.\r\nQUIT\r\n', 2)],
  ['pipelined-codes', 'codes', burst(EHLO, from('a'), TO, 'DATA'), raw('x\r\n.\r\nRSET\r\nFOO\r\nQUIT\r\n', 4)],
  ['drop-in-data', 'open', ...START, raw('x\r\n'), pause(20), drop()],
  ['end-in-data', 'open', ...START, raw('x\r\n'), pause(20), end()],
  ['drop-before-354', 'open', EHLO, from('a'), TO, raw('DATA\r\n'), drop()],
  ...['undrained', 'early', 'earlyrefuse'].flatMap((name) => [
    [`drop-${name}`, 'open', EHLO, from(name), TO, 'DATA', raw('x\r\n'), pause(20), drop()],
    [`end-${name}`, 'open', EHLO, from(name), TO, 'DATA', raw('x\r\n'), pause(20), end()],
  ]),
  ['drop-idle', 'open', EHLO, from('a'), drop()],
  ['drop-at-once', 'open', drop()],
  ['end-idle', 'open', EHLO, end()],
  ['end-after-message', 'open', ...START, mail('x'), end()],
  ['end-with-quit', 'open', EHLO, raw('QUIT\r\n', 1), end()],
  ['drop-while-late', 'open', EHLO, from('dlate'), TO, 'DATA', raw('x\r\n.\r\n'), pause(5), drop()],
  ['end-while-late', 'open', EHLO, from('dlate'), TO, 'DATA', raw('x\r\n.\r\n'), end(), replies(1)],
  [
    'slow-message',
    'open',
    ...START,
    raw('x'),
    pause(20),
    raw('\r'),
    pause(20),
    raw('\n.'),
    pause(20),
    raw('\r\n', 1),
    'QUIT',
  ],
  ['not-asked', 'open', ...START, mail('x'), replies(0), 'QUIT'],
];
