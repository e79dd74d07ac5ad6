// What a mutation does to an input. Each gets octets, returns other octets; all that is random comes from `random`.

/** No input grows beyond this: mutations of mutations would otherwise. */
const MAX_OCTETS = 16 * 1024;
/** Octets that mean something somewhere. */
const SPECIAL = [0, 9, 10, 13, 32, 43, 45, 46, 48, 58, 60, 61, 62, 64, 0x16, 0x1b, 0x7f, 0x80, 0x85, 0xc3, 0xff];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '00',
  '5999',
  '6000',
  '6001',
  '65536',
  '4294967296',
  '9007199254740993',
  '1e3',
  '9'.repeat(20),
];

/** Words of the grammar and of the application in listeners.mjs. */
const WORDS = [
  ...['no', 'late', 'late-no', 'text', 'long', 'reply', 'doubled', 'throws', 'rejects', 'refuses', 'closes', 'odd'],
  ...[
    'd-no',
    'd-throws',
    'forgets',
    'discards',
    'leaves',
    'slow',
    'destroys',
    'breaks',
    'each',
    'too-few',
    'unwilling',
  ],
];
/** Those that wait for a time limit: seldom, for they take a while. */
const SLOW_WORDS = ['never', 'd-never', 'accepts', 'stops'];
const TOKENS = [
  ...['\r\n', '\n', '\r', '\0', '\r\n.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\r\n', '\r\n..\r\n', '.', '..'],
  ...[
    '\r\nRSET\r\n',
    '\r\nQUIT\r\n',
    '\r\nNOOP\r\n',
    '\r\nSTARTTLS\r\n',
    '\r\nHELP\r\n',
    '\r\nVRFY a\r\n',
    '\r\nDATA\r\n',
  ],
  ...[
    'EHLO c\r\n',
    'HELO late\r\n',
    'LHLO c\r\n',
    'MAIL FROM:<a@b>\r\n',
    'RCPT TO:<c@d>\r\n',
    'DATA\r\n',
    '\r\nBDAT 3\r\nabc',
  ],
  ...[
    'BDAT 0 LAST\r\n',
    'BDAT 6001 LAST\r\n',
    'BDAT x\r\n',
    ' SIZE=6001',
    ' BODY=8BITMIME',
    ' BODY=BINARYMIME',
    ' SMTPUTF8',
  ],
  ...[
    ' REQUIRETLS',
    ' RET=HDRS',
    ' ENVID=a+2Bb',
    ' NOTIFY=NEVER',
    ' ORCPT=rfc822;a@b',
    ' BY=120;R',
    ' HOLDFOR=60',
    ' AUTH=<>',
  ],
  ...[
    ' MT-PRIORITY=-5',
    ' SOLICIT=org.example:ADV:ADLT',
    ' RRVS=2014-04-03T23:01:00Z',
    ' HOLDUNTIL=2030-01-01T00:00:00Z',
    ' X=1',
  ],
  ...[
    'AUTH PLAIN ',
    'AUTH LOGIN\r\n',
    'AUTH CRAM-MD5\r\n',
    'AUTH SCRAM-SHA-256 ',
    'AUTH XOAUTH2\r\n',
    'AUTH OAUTHBEARER =\r\n',
  ],
  ...[
    'AUTH EXTERNAL =\r\n',
    'AUTH ANONYMOUS\r\n',
    '*\r\n',
    '=\r\n',
    'AGFsaWNlAHNlY3JldC1acTc=\r\n',
    'biwsbj1hbGljZSxyPXg=\r\n',
  ],
  ...[
    'XCLIENT ',
    'XFORWARD ',
    'ADDR=IPV6:::1',
    'NAME=[UNAVAILABLE]',
    'LOGIN=alice',
    'HELO=c',
    'PROTO=ESMTP',
    'PORT=25',
    ' ',
  ],
  ...[
    'PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n',
    'PROXY UNKNOWN\r\n',
    '\r\n\r\n\0\r\nQUIT\n!\0\0\0',
    'GET / HTTP/1.1\r\n',
    '\x16\x03\x01',
  ],
  ...[
    '<',
    '>',
    '@',
    '"',
    '\\',
    '[IPv6:::1]',
    '<@a,@b:c@d>',
    'ü',
    '\xff',
    '\u2028',
    '\u202e',
    'a'.repeat(600),
    '+00',
    '+0D+0A',
  ],
].map((text) => Buffer.from(text));

const MUTATIONS = [
  splice,
  splice,
  flip,
  special,
  remove,
  repeat,
  insert,
  insert,
  insertLine,
  number,
  word,
  word,
  lineEnd,
  stretch,
  swap,
];

/** An input made of a seed, and of another one where two are spliced. */
export function mutate(seed, other, random) {
  let { octets } = seed;
  const times = 1 + random.below(random.once(4) ? 12 : 4);
  for (let i = 0; i < times; i++) octets = random.pick(MUTATIONS)(octets, random, other).subarray(0, MAX_OCTETS);
  return octets;
}

function edit(octets, from, to, ...between) {
  return Buffer.concat([octets.subarray(0, from), ...between, octets.subarray(to)]);
}

function range({ length }, random) {
  const from = random.below(length + 1);
  return [from, Math.min(length, from + random.below(random.once(3) ? length + 1 : 8))];
}

/** Where lines begin, and the end. */
function lineStarts(octets) {
  const starts = [0];
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

function splice(octets, random, other) {
  const place = (of) => (random.once(4) ? random.below(of.length + 1) : random.pick(lineStarts(of)));
  return Buffer.concat([octets.subarray(0, place(octets)), other.octets.subarray(place(other.octets))]);
}

function flip(octets, random) {
  const copy = Buffer.from(octets);
  if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8);
  return copy;
}

function special(octets, random) {
  const at = random.below(octets.length + 1);
  return edit(octets, at, random.once(2) ? at : at + 1, Buffer.of(random.pick(SPECIAL)));
}

function remove(octets, random) {
  return edit(octets, ...range(octets, random));
}

function repeat(octets, random) {
  const [from, to] = random.once(2) ? lineAt(octets, random) : range(octets, random);
  const times = random.once(8) ? random.below(150) : 1;
  return edit(octets, to, to, ...new Array(times).fill(octets.subarray(from, to)));
}

function lineAt(octets, random) {
  const starts = lineStarts(octets);
  const line = random.below(starts.length);
  return [starts[line], starts[line + 1] ?? octets.length];
}

function insert(octets, random) {
  const at = random.below(octets.length + 1);
  return edit(octets, at, at, random.pick(TOKENS));
}

function insertLine(octets, random) {
  const at = random.pick(lineStarts(octets));
  return edit(octets, at, at, random.pick(TOKENS), Buffer.from(random.once(3) ? '' : '\r\n'));
}

/** Another number in the place of one. */
function number(octets, random) {
  return replaceOne(octets, /\d+/g, random.pick(NUMBERS), random);
}

/** Another name in the place of a local-part or the name in EHLO, for the application to behave in another way. */
function word(octets, random) {
  const found = random.once(40) ? random.pick(SLOW_WORDS) : random.pick(WORDS);
  return replaceOne(octets, /(?<=<)[\w-]+(?=@)|(?<=HLO )\S+|(?<=NOOP )\S+/g, found, random);
}

function lineEnd(octets, random) {
  return replaceOne(octets, /\r\n/g, random.pick(['\n', '\r', '', '\r\r\n', '\n\r', ' \r\n', '\0\r\n']), random);
}

function replaceOne(octets, pattern, replacement, random) {
  const matches = [...octets.toString('latin1').matchAll(pattern)];
  if (matches.length === 0) return octets;
  const { index, 0: text } = random.pick(matches);
  return edit(octets, index, index + text.length, Buffer.from(replacement));
}

/** A long run of one octet. */
function stretch(octets, random) {
  const at = random.below(octets.length + 1);
  const length = random.pick([100, 490, 512, 690, 1000, 6000, 12_000]) + random.below(20);
  return edit(octets, at, at, Buffer.alloc(length, random.pick([...SPECIAL, 97])));
}

/** Two lines change places. */
function swap(octets, random) {
  const [from, to] = lineAt(octets, random);
  const without = edit(octets, from, to);
  const at = random.pick(lineStarts(without));
  return edit(without, at, at, octets.subarray(from, to));
}
