// The engine under test: everything on, limits low enough to be met, times short, nothing left to chance. What the
// application does hangs on the names a client gives: the same input has the same replies, whenever they come.
import { mechanisms, Reply, replies, selfSignedCertificate, SmtpError, SmtpServer } from 'smtp-engine';
import { setImmediate as turn } from 'node:timers/promises';

/** The password and the token of alice: they must turn up nowhere. */
export const SECRET = 'secret-Zq7';

const COMMON = {
  name: 'mx.example',
  ...(await selfSignedCertificate(['mx.example'])),
  authMethods: [...mechanisms.keys()],
  requestCert: true,
  rejectUnauthorized: false,
  allowInsecureAuth: true,
  // A refused login waits in life; here nobody has the time.
  authFailureDelayMs: false,
  scramDecoyKey: 'decoy',
  scramIterations: 4096,
  size: 6000,
  maxUnknownCommands: 8,
  maxFailedLogins: 3,
  maxAllowedUnauthenticatedCommands: 12,
  maxCommandLength: 512,
  maxAuthLineLength: 700,
  maxRecipients: 100,
  // So that the cut of the network decides nothing. The listener `strict` is as by default.
  unauthorizedPipelining: 'pass',
  hideDSN: false,
  hideREQUIRETLS: false,
  extensions: {
    binaryMime: true,
    deliverBy: { minSeconds: 60 },
    futureRelease: { maxIntervalSeconds: 3600, maxDateTime: new Date('2036-01-01T00:00:00Z') },
    mtPriority: { profile: 'MIXER' },
    noSoliciting: { keywords: ['org.example:ADV:ADLT'] },
    rrvs: true,
  },
  socketTimeout: 3000,
  // A PROXY header that comes octet by octet on a busy machine must not be late by chance.
  handshakeTimeoutMs: 3000,
  dataInitiationTimeoutMs: 500,
  handlerTimeouts: { hello: 500, command: 500, auth: 500, secret: 500, mail: 500, rcpt: 500, data: 500 },
  closeTimeout: 500,
};

/** Listeners where replies may hang on when octets come. */
export const TIMED = new Set(['strict', 'early', 'tls']);

/** What differs from listener to listener. */
export const LISTENERS = {
  plain: { authOptional: true },
  login: {},
  lmtp: { lmtp: true, authOptional: true },
  proxy: { useProxy: true, authOptional: true },
  trusting: { useXClient: true, useXForward: true, authOptional: true },
  normalizing: { bareNewline: 'normalize', authOptional: true, hideENHANCEDSTATUSCODES: true },
  upstream: { secure: true, secured: true },
  strict: { unauthorizedPipelining: 'reject', authOptional: true },
  early: { greetingDelayMs: 2, authOptional: true },
  tls: { secure: true },
};

export function startServer(error) {
  const server = new SmtpServer(COMMON, { ...backend, error });
  for (const [id, options] of Object.entries(LISTENERS)) server.addListener({ id, ...options });
  return server;
}

const never = () => new Promise(() => undefined);
const fail = () => {
  throw new Error('the application has failed, as it was told to');
};
const later = async (value) => {
  await turn();
  return value;
};

/** What a hook answers to a word: every way an application may behave. */
const ANSWERS = {
  no: () => false,
  late: () => later(undefined),
  'late-no': () => later(null),
  text: () => 'a\r\n250 b\0\x1b[31m\u0085\u2028c',
  long: () => 'ä'.repeat(400),
  reply: () => new Reply(452, '4.2.2', 'one\rtwo', 'three\nfour', 'ö'.repeat(600)),
  doubled: () => '2.9.9 a code of its own',
  throws: fail,
  rejects: async () => fail(),
  refuses: () => {
    throw new SmtpError(replies.storageFull, { cause: new Error('why') });
  },
  closes: () => new Reply(421, '4.3.2', 'Enough'),
  never,
  odd: () => ({ what: 'ever' }),
};
const answer = (word) => (Object.hasOwn(ANSWERS, word) ? ANSWERS[word]() : undefined);

/** What a `data` handler does with a message. */
const HANDLERS = {
  no: () => false,
  throws: fail,
  never,
  forgets: () => 'stored',
  discards: (message) => message.discard(),
  accepts: (message) => {
    message.accept();
    return never();
  },
  async leaves(message) {
    for await (const chunk of message) if (chunk) break;
    return 'left';
  },
  async stops(message) {
    for await (const chunk of message) await never(chunk);
  },
  async slow(message) {
    for await (const chunk of message) await turn(chunk);
    return `${message.byteLength} octets`;
  },
  async destroys(message) {
    message.destroy();
    await turn();
    return 'destroyed';
  },
  async breaks(message) {
    for await (const chunk of message) fail(chunk);
    fail();
  },
  each: async (message, { envelope }) => {
    for await (const chunk of message) void chunk;
    return envelope.rcptTo.map(({ localPart }) => (localPart === 'unwilling' ? false : `for ${localPart}`));
  },
  async 'too-few'(message) {
    for await (const chunk of message) void chunk;
    return ['one'];
  },
  async reads(message) {
    for await (const chunk of message) void chunk;
    return `${message.byteLength} octets`;
  },
};

const backend = {
  hello: ({ hostNameAppearsAs }) => answer(String(hostNameAppearsAs).replace(/\.example$/, '')),
  command: ({ verb, args }) => (verb === 'NOOP' && args === 'no' ? false : verb === 'NOOP' ? answer(args) : undefined),
  auth: (credentials) => {
    const { username } = credentials;
    return Object.hasOwn(ANSWERS, username) ? answer(username) : isWelcome(credentials);
  },
  secret: ({ username }) => {
    if (username === 'throws') fail();
    return username === 'alice' ? { password: SECRET } : later(null);
  },
  mail: ({ localPart }) => answer(localPart.replace(/^m-/, '')),
  rcpt: ({ localPart }) => answer(localPart),
  data(message, transaction) {
    const { localPart } = transaction.envelope.mailFrom;
    const act = localPart.replace(/^d-/, '');
    return (Object.hasOwn(HANDLERS, act) ? HANDLERS[act] : HANDLERS.reads)(message, transaction);
  },
};

function isWelcome(credentials) {
  const { method, username } = credentials;
  if ('accessToken' in credentials) return credentials.accessToken === SECRET;
  if ('password' in credentials) return username === 'alice' && credentials.password === SECRET;
  if (method === 'CRAM-MD5') return username === 'alice' && credentials.validatePassword(SECRET);
  return true;
}
