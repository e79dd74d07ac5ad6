// Dialogues from a seed: a walk that goes as far as a transaction with a login more often than not, of pieces that are
// sometimes odd and lines that are sometimes changed.
import { Random } from '../../fuzz/random.mjs';
import { setupOf } from './setups.mjs';
import { base64, burst, cram, handshake, message, normalise, plain, respond, xoauth2 } from './steps.mjs';

/** The more often a setup stands here, the more often it is taken. */
const CLEAR = ['open', 'open', 'auth', 'auth', 'codes', 'codes', 'codesauth', 'dsn', 'dsn', 'lmtp', 'lmtpcodes'];
const MORE_CLEAR = [
  'size',
  'oversized',
  'hidesize',
  'lmtpoversized',
  'lenient',
  'lenient',
  'recipients',
  'plain',
  'strict',
];
const SPECIAL = [
  'xclient',
  'xclientcodes',
  'xforward',
  'xboth',
  'hidden',
  'noauth',
  'notls',
  'capped',
  'line',
  'uncapped',
];
const SECURE = ['tls', 'tlsauth', 'requiretls', 'secured'];
const SETUPS = [...CLEAR, ...MORE_CLEAR, ...SPECIAL, ...SECURE];
const FLAGS = [
  'hideDSN',
  'hideENHANCEDSTATUSCODES',
  'hideSMTPUTF8',
  'hidePIPELINING',
  'lenientAddressParsing',
  'authOptional',
];

const NAMES = [
  'a',
  'a',
  'a',
  'b',
  'c',
  'refuse',
  'code',
  'permanent',
  'late',
  'laterefuse',
  'empty',
  'split',
  'A.B',
  'x+y',
];
const DATA_NAMES = [
  'drefuse',
  'dcode',
  'dmessage',
  'dlate',
  'darrayerrors',
  'early',
  'earlyrefuse',
  'undrained',
  'dnotes',
];
const DOMAINS = [
  'a.test',
  'a.test',
  'B.Test',
  '[192.0.2.1]',
  '[IPv6:2001:db8::1]',
  'xn--jgeva-dua.ee',
  'b_c.test',
  'a..test',
  'ä.test',
];
const PATHS = [
  '<>',
  '<postmaster>',
  '<@r.test:a@a.test>',
  'a@a.test',
  '<a@>',
  '<"a b"@a.test>',
  '<.a@a.test>',
  '<a@a.test',
];
const MAIL_PARAMETERS = [
  [
    'SIZE=10',
    'SIZE=99',
    'SIZE=1000',
    'SIZE=',
    'SIZE=x',
    'BODY=8BITMIME',
    'BODY=7BIT',
    'BODY=x',
    'body=8bitmime',
    'BODY',
  ],
  [
    'SMTPUTF8',
    'SMTPUTF8=1',
    'REQUIRETLS',
    'RET=FULL',
    'RET=HDRS',
    'RET=no',
    'ENVID=a+2Bb',
    'ENVID=',
    'AUTH=<>',
    'X=1',
    'X',
  ],
].flat();
const RCPT_PARAMETERS = [
  ['NOTIFY=NEVER', 'NOTIFY=SUCCESS,DELAY', 'NOTIFY=failure', 'NOTIFY=x', 'NOTIFY=NEVER,DELAY', 'NOTIFY='],
  ['ORCPT=rfc822;b@b.test', 'ORCPT=x', 'ORCPT=rfc822;a+40b', 'X=1', 'X+41=+42'],
].flat();
const OTHERS = [
  [
    'NOOP',
    'NOOP x',
    'RSET',
    'RSET x',
    'HELP',
    'VRFY a',
    'VRFY',
    'EXPN x',
    'FOO',
    '',
    'WIZ',
    'WIZ x',
    'SHELL',
    'KILL',
    'STARTTLS x',
  ],
  [
    'DATA',
    'RCPT TO:<b@b.test>',
    'MAIL FROM:<n@n.test>',
    'EHLO again.test',
    'HELO again.test',
    'LHLO again.test',
    'EHLO',
    'AUTH',
  ],
  ['AUTH FOO', 'XCLIENT NAME=x.test', 'XFORWARD NAME=x.test', 'XCLIENT', 'BDAT 1 LAST', 'ETRN x', 'GET / HTTP/1.1'],
].flat();
const PROXIED = [
  'NAME=p.test',
  'ADDR=192.0.2.5',
  'ADDR=IPV6:2001:DB8::5',
  'PORT=77',
  'PROTO=SMTP',
  'HELO=h.test',
  'LOGIN=fred',
  'NAME=[UNAVAILABLE]',
  'ADDR=x',
];
const BODIES = [
  'x',
  '',
  'Subject: t\r\n\r\nhello',
  '..dot',
  'a\r\n..b\r\n...',
  'a\nb',
  'a\rb',
  'x'.repeat(97),
  'x'.repeat(200),
  'ä\0',
  'QUIT',
];
const ODD = ['\t', ' ', '\x01', '\x7f', '<', '>', ':', '@', '=', '.', 'ä', '\u200b', '+', '"', '\0'];

/** So many dialogues; the same ones for the same seed. */
export function generate(seed, runs) {
  return Array.from({ length: runs }, (_, at) => {
    const random = new Random(seed * 100_003 + at);
    const setup = inventSetup(random);
    return {
      id: `made/${seed}-${at}`,
      setupName: setup,
      setup: setupOf(setup),
      steps: normalise(walk(setup.base, random)),
    };
  });
}

function inventSetup(random) {
  const setup = { base: random.pick(SETUPS) };
  if (random.once(3)) setup[random.pick(FLAGS)] = random.once(2);
  return setup;
}

function walk(setup, random) {
  const isLmtp = setup.startsWith('lmtp');
  const hello = `${isLmtp ? 'LHLO' : random.once(6) ? 'HELO' : 'EHLO'} c.test`;
  const lines = random.once(12) ? [] : [hello];
  if (!SECURE.includes(setup) && random.once(5))
    // The octets of a handshake are random: where nobody takes it, there is nothing to compare.
    lines.push(['STARTTLS', ...(setup === 'notls' ? [] : [handshake()])], ...(random.once(5) ? [] : [hello]));
  if (setup.startsWith('x') && !random.once(4)) lines.push(proxied(setup, random), ...(random.once(4) ? [] : [hello]));
  if (setup.includes('auth') || random.once(3)) lines.push(authentication(random));
  for (let transactions = random.below(4); transactions > 0; transactions--) lines.push(...transaction(random));
  if (!random.once(4)) lines.push('QUIT');
  return group(lines, random);
}

function proxied(setup, random) {
  const parameters = Array.from({ length: 1 + random.below(4) }, () => random.pick(PROXIED));
  return `${setup.startsWith('xf') ? 'XFORWARD' : 'XCLIENT'} ${parameters.join(' ')}`;
}

/** A login that may go wrong in many ways; a list is one exchange and stays together. */
function authentication(random) {
  const name = random.pick(['user', 'user', 'user', 'refuse', 'code', 'message', 'bare', 'late', 'object']);
  const password = random.once(5) ? 'wrong' : 'secret';
  const token = base64(`\0${name}\0${password}`);
  return random.pick([
    [plain(name, password)],
    [plain(name, password)],
    ['AUTH PLAIN', respond(random.once(3) ? '*' : token)],
    ['AUTH LOGIN', respond(base64(name)), respond(random.once(5) ? '*' : base64(password))],
    [`AUTH LOGIN ${base64(name)}`, respond(base64(password))],
    [xoauth2(name, password === 'secret' ? 'good' : 'bad'), respond('')],
    ['AUTH XOAUTH2', respond(xoauth2(name).slice(13)), respond('')],
    cram(name, password).map((step) => (typeof step === 'string' ? step : { ...step, isAsked: true })),
    [
      `AUTH ${random.pick(['PLAIN', 'LOGIN', 'XOAUTH2'])} ${random.pick(['!', 'AAAA', 'AAA=', 'YQ==', '*'])}`,
      respond('*'),
    ],
  ]);
}

function transaction(random) {
  const lines = [];
  const add = (line) => {
    if (random.once(9)) lines.push(random.pick(OTHERS));
    if (!random.once(25)) lines.push(random.once(10) && typeof line === 'string' ? mutate(line, random) : line);
  };
  add(`MAIL FROM:${path(random, [...NAMES, ...DATA_NAMES])}${parameters(MAIL_PARAMETERS, random)}`);
  for (let count = 1 + random.below(3); count > 0; count--) {
    add(`RCPT TO:${path(random, NAMES)}${parameters(RCPT_PARAMETERS, random)}`);
  }
  add(['DATA', message(random.pick(BODIES))]);
  return lines;
}

function path(random, names) {
  return random.once(8)
    ? random.pick(PATHS)
    : `<${random.pick(names)}@${random.pick(random.once(3) ? DOMAINS : ['a.test'])}>`;
}

function parameters(list, random) {
  const count = random.once(2) ? 0 : 1 + random.below(3);
  return Array.from({ length: count }, () => ` ${random.pick(list)}`).join('');
}

function mutate(line, random) {
  const at = random.below(line.length + 1);
  return random.pick([
    () => line.slice(0, at) + random.pick(ODD) + line.slice(at),
    () => line.slice(0, at),
    () => line.slice(0, at) + line.slice(at + 1),
    () => line.toLowerCase(),
    () => line.slice(0, at) + line.slice(at).toUpperCase(),
    () => `${line} ${line}`,
    () => `${line} `,
    () => line.replace(':', ': '),
  ])();
}

/** Lines that follow each other go one by one, or some of them in one write. */
function group(lines, random) {
  const isPipelining = random.once(3);
  const steps = [];
  let together = [];
  const flush = () => {
    if (together.length > 0) steps.push(burst(...together));
    together = [];
  };
  for (const line of lines) {
    if (isPipelining && typeof line === 'string' && !/^(AUTH|DATA|STARTTLS)/i.test(line)) {
      together.push(line);
      if (random.once(4)) flush();
      continue;
    }
    flush();
    steps.push(line);
  }
  flush();
  return steps;
}
