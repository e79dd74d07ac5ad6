// Addresses and the parameters of MAIL and RCPT.
import { mail } from '../steps.mjs';

const EHLO = 'EHLO a.test';
const FROM = 'MAIL FROM:<a@a.test>';
const RSET = 'RSET';

/** Each is tried as sender and as recipient, with strict and with lenient parsing. */
const ADDRESSES = [
  ['plain', '<a@a.test>'],
  ['null', '<>'],
  ['postmaster', '<postmaster>'],
  ['postmaster-case', '<PostMaster>'],
  ['no-domain', '<a>'],
  ['empty-domain', '<a@>'],
  ['empty-local', '<@a.test>'],
  ['two-ats', '<a@b@a.test>'],
  ['no-brackets', 'a@a.test'],
  ['open-bracket', '<a@a.test'],
  ['close-bracket', 'a@a.test>'],
  ['double-brackets', '<<a@a.test>>'],
  ['leading-dot', '<.a@a.test>'],
  ['trailing-dot', '<a.@a.test>'],
  ['double-dot', '<a..b@a.test>'],
  ['domain-leading-dot', '<a@.a.test>'],
  ['domain-trailing-dot', '<a@a.test.>'],
  ['domain-double-dot', '<a@a..test>'],
  ['domain-hyphen', '<a@-a.test>'],
  ['label-hyphen', '<a@a.-b.test>'],
  ['label-hyphen-end', '<a@a-.test>'],
  ['underscore', '<a@b_c.test>'],
  ['ipv4', '<a@[192.0.2.1]>'],
  ['ipv4-bad', '<a@[192.0.2.256]>'],
  ['ipv6', '<a@[IPv6:2001:DB8:0:0::1]>'],
  ['ipv6-lower', '<a@[ipv6:2001:db8::1]>'],
  ['ipv6-mapped', '<a@[IPv6:::ffff:192.0.2.1]>'],
  ['ipv6-bad', '<a@[IPv6:2001::g]>'],
  ['ipv6-no-tag', '<a@[2001:db8::1]>'],
  ['general-literal', '<a@[x-tag:abc]>'],
  ['punycode', '<a@xn--jgeva-dua.ee>'],
  ['punycode-bad', '<a@xn--0.test>'],
  ['punycode-case', '<a@XN--JGEVA-DUA.EE>'],
  ['utf8-domain', '<a@jõgeva.ee>'],
  ['utf8-local', '<õ@a.test>'],
  ['quoted', '<"a.b"@a.test>'],
  ['quoted-blank', '<"a b"@a.test>'],
  ['quoted-at', '<"a@b"@a.test>'],
  ['specials', "<a!#$%&'*+-/=?^_`{|}~b@a.test>"],
  ['colon', '<a:b@a.test>'],
  ['route', '<@r.test,@s.test:a@a.test>'],
  ['route-bad', '<@r.test:>'],
  ['upper', '<A.B@A.Test>'],
  ['nul', '<a\0b@a.test>'],
  ['escape', '<a\x1bb@a.test>'],
  ['delete', '<a\x7fb@a.test>'],
  ['zero-width', '<a\u200bb@a.test>'],
  ['word-joiner', '<a@a\u2060.test>'],
  ['c1', '<a\u0085b@a.test>'],
  ['long', `<${'a'.repeat(64)}@${'b'.repeat(60)}.test>`],
  ['long-local', `<${'a'.repeat(200)}@a.test>`],
  ['longest', `<${'a'.repeat(244)}@bbb.test>`],
  ['too-long', `<${'a'.repeat(245)}@bbb.test>`],
  ['longer', `<${'a'.repeat(500)}@bbb.test>`],
  ['tab', '<a@a.test>\tSIZE=1'],
];

const addresses = ['open', 'lenient'].flatMap((setup) =>
  ADDRESSES.map(([name, path]) => [
    `${setup}-${name}`,
    setup,
    EHLO,
    `MAIL FROM:${path}`,
    RSET,
    FROM,
    `RCPT TO:${path}`,
    'DATA',
    mail('x'),
  ]),
);

/** Parameters of MAIL, one dialogue each with these setups. */
const MAIL_PARAMETERS = [
  ['size', 'SIZE=10', 'SIZE=0', 'SIZE=00007', 'size=5'],
  ['size-over', 'SIZE=101', 'SIZE=100'],
  ['size-bad', 'SIZE', 'SIZE=', 'SIZE=x', 'SIZE=-1', 'SIZE=1.5', `SIZE=${'1'.repeat(20)}`, `SIZE=${'1'.repeat(21)}`],
  ['body', 'BODY=7BIT', 'BODY=8BITMIME', 'BODY=8bitmime', 'body=7bit'],
  ['body-bad', 'BODY', 'BODY=', 'BODY=BINARYMIME', 'BODY=x'],
  ['smtputf8', 'SMTPUTF8', 'smtputf8', 'SMTPUTF8=x', 'SMTPUTF8='],
  ['requiretls', 'REQUIRETLS', 'REQUIRETLS=x'],
  ['ret', 'RET=FULL', 'RET=hdrs', 'RET=x', 'RET', 'RET='],
  ['envid', 'ENVID=abc', 'ENVID=a+2Bb', 'ENVID', 'ENVID=', 'ENVID=a+0D+0Ab', 'ENVID=a+zz'],
  ['auth', 'AUTH=<>', 'AUTH=a+40b.test', 'AUTH', 'AUTH=a=b'],
  ['unknown', 'X-ODD=1', 'X-ODD', 'X-ODD=a=b', '=x', '=', 'X+41=+41+42', 'X=\u00e4'],
  ['twice', 'SIZE=1 SIZE=2', 'BODY=7BIT body=8BITMIME', 'SMTPUTF8 SMTPUTF8', 'X=1 X=2', 'RET=FULL RET=FULL'],
  ['several', 'SIZE=10 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=q', '  SIZE=10   BODY=7BIT  '],
  ['control', 'X=a+00b', 'X=a\x01b', 'X=+C2+85'],
  ['prototype', '__proto__=x', 'CONSTRUCTOR=x', 'toString'],
];
const mailParameters = ['open', 'dsn', 'size', 'hidesize', 'requiretls', 'codes'].flatMap((setup) =>
  MAIL_PARAMETERS.map(([name, ...parameters]) => [
    `mail-${setup}-${name}`,
    setup,
    EHLO,
    ...parameters.flatMap((parameter) => [`${FROM} ${parameter}`, 'RCPT TO:<b@b.test>', RSET]),
  ]),
);

const RCPT_PARAMETERS = [
  ['notify', 'NOTIFY=NEVER', 'NOTIFY=SUCCESS,FAILURE', 'NOTIFY=success,delay', 'NOTIFY=DELAY,DELAY'],
  ['notify-bad', 'NOTIFY', 'NOTIFY=', 'NOTIFY=x', 'NOTIFY=NEVER,SUCCESS', 'NOTIFY=SUCCESS,', 'NOTIFY=,'],
  ['orcpt', 'ORCPT=rfc822;b@b.test', 'ORCPT=rfc822;b+40b.test', 'ORCPT=utf-8;\u00e4'],
  ['orcpt-bad', 'ORCPT', 'ORCPT=', 'ORCPT=x', 'ORCPT=;x', 'ORCPT=rfc822;', 'ORCPT=rfc822;+0A'],
  ['both', 'NOTIFY=FAILURE ORCPT=rfc822;c@c.test', 'NOTIFY=NEVER NOTIFY=NEVER', 'ORCPT=a;b ORCPT=a;b'],
  ['unknown', 'X=1', 'X', 'RRVS=2026-01-01T00:00:00Z', 'SIZE=1', '=x'],
];
const rcptParameters = ['open', 'dsn', 'codes'].flatMap((setup) =>
  RCPT_PARAMETERS.map(([name, ...parameters]) => [
    `rcpt-${setup}-${name}`,
    setup,
    EHLO,
    FROM,
    ...parameters.map((parameter, at) => `RCPT TO:<b${at}@b.test> ${parameter}`),
    'DATA',
    mail('x'),
  ]),
);

/** How MAIL and RCPT may be written. */
const FORMS = [
  ['blanks', 'MAIL FROM: <a@a.test>', 'RCPT TO: <b@b.test>'],
  ['blank-before-colon', 'MAIL FROM : <a@a.test>', 'RCPT TO : <b@b.test>'],
  ['two-blanks', 'MAIL  FROM:<a@a.test>', 'RCPT  TO:<b@b.test>'],
  ['no-colon', 'MAIL FROM <a@a.test>', 'RCPT TO <b@b.test>'],
  ['no-path', 'MAIL FROM:', 'RCPT TO:', 'MAIL', 'RCPT', 'MAIL FROM', 'RCPT TO'],
  ['wrong-word', 'MAIL TO:<a@a.test>', 'RCPT FROM:<b@b.test>', 'MAIL x FROM:<a@a.test>'],
  ['lower', 'mail from:<a@a.test>', 'rcpt to:<b@b.test>', 'data'],
  ['glued', 'MAIL FROM:<a@a.test>SIZE=1', 'MAIL FROM:<a@a.test> SIZE = 1'],
  ['words', 'MAIL FROM:<a@a.test> some words', 'RCPT TO:<b@b.test> (comment)'],
  ['display-name', 'MAIL FROM:A <a@a.test>', 'MAIL FROM:"A" <a@a.test>'],
  ['no-space', 'MAILFROM:<a@a.test>', 'MAIL:<a@a.test>'],
];
const forms = FORMS.flatMap(([name, ...lines]) => [
  [`form-${name}`, 'open', EHLO, ...lines],
  [`form-codes-${name}`, 'codes', EHLO, ...lines],
]);

export default [
  ...addresses,
  ...mailParameters,
  ...rcptParameters,
  ...forms,
  [
    'same-recipient',
    'open',
    EHLO,
    FROM,
    'RCPT TO:<b@b.test>',
    'RCPT TO:<B@B.test>',
    'RCPT TO:<c@c.test>',
    'DATA',
    mail('x'),
  ],
  [
    'max-recipients',
    'recipients',
    EHLO,
    FROM,
    'RCPT TO:<b@b.test>',
    'RCPT TO:<refuse@b.test>',
    'RCPT TO:<c@b.test>',
    'RCPT TO:<d@b.test>',
    'RCPT TO:<C@b.test> X=1',
    'DATA',
    mail('x'),
  ],
  [
    'refused-sender-parameters',
    'dsn',
    EHLO,
    'MAIL FROM:<refuse@a.test> BODY=8BITMIME SMTPUTF8 RET=FULL',
    FROM,
    'RCPT TO:<b@b.test>',
  ],
  ['data-words', 'open', EHLO, FROM, 'RCPT TO:<b@b.test>', 'DATA now', mail('x')],
  [
    'two-transactions',
    'open',
    EHLO,
    FROM,
    'RCPT TO:<b@b.test>',
    'DATA',
    mail('x'),
    FROM,
    'RCPT TO:<b@b.test>',
    'DATA',
    mail('y'),
  ],
  ['size-8bit', 'size', EHLO, `${FROM} SIZE=99 BODY=8BITMIME`, 'RCPT TO:<b@b.test>', 'DATA', mail('ä')],
];
