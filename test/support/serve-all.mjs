// Starts the built engine with everything on, on loopback, and prints where: for trying clients by hand.
//
//   node test/support/serve-all.mjs [name=port …]     names are those of LISTENERS; without a port a free one is taken
//
// alice logs in with "secret" or the token "good"; XCLIENT, XFORWARD and PROXY are taken from 127.0.0.1. Ends with SIGINT.
import { mechanisms, selfSignedCertificate, SmtpServer } from 'smtp-engine';

const USER = 'alice';
const PASSWORD = 'secret';
const TOKEN = 'good';

const certificate = await selfSignedCertificate(['localhost', '127.0.0.1']);

/** What every listener has on. */
const OPTIONS = {
  name: 'mx.example',
  ...certificate,
  size: 50 * 1024 * 1024,
  authOptional: true,
  authMethods: [...mechanisms.keys()],
  requestCert: true,
  rejectUnauthorized: false,
  useXClient: ['127.0.0.1'],
  useXForward: ['127.0.0.1'],
  hideDSN: false,
  hideREQUIRETLS: false,
  extensions: {
    binaryMime: true,
    deliverBy: { minSeconds: 60 },
    futureRelease: { maxIntervalSeconds: 7 * 24 * 3600 },
    mtPriority: { profile: 'MIXER' },
    noSoliciting: { keywords: ['org.example:ADV:ADLT'] },
    rrvs: true,
  },
};

/** What differs from listener to listener. */
const LISTENERS = {
  smtp: {},
  smtps: { secure: true },
  lmtp: { lmtp: true },
  proxy: { useProxy: ['127.0.0.1'] },
};

/** The application: reads everything, says what it got. */
const backend = {
  auth: (credentials) => isWelcome(credentials) && { name: credentials.username },
  secret: ({ username }) => (username === USER ? { password: PASSWORD } : null),
  rcpt: ({ localPart }) => localPart !== 'nobody',
  async data(message, { envelope, session }) {
    for await (const chunk of message) void chunk;
    const { listener, transmissionType, remoteAddress } = session;
    const { id, mailFrom, rcptTo } = envelope;
    const to = rcptTo.map(String);
    print({ listener, transmissionType, remoteAddress, id, from: String(mailFrom), to, octets: message.byteLength });
    return `${message.byteLength} octets as ${id}`;
  },
  error: (error) => print({ error: String(error) }),
};

function isWelcome(credentials) {
  const { method, username } = credentials;
  if ('accessToken' in credentials) return credentials.accessToken === TOKEN;
  if (typeof credentials.password === 'string') return username === USER && credentials.password === PASSWORD;
  if (method === 'CRAM-MD5') return username === USER && credentials.validatePassword(PASSWORD);
  return true; // SCRAM has proved it; EXTERNAL, ANONYMOUS and XCLIENT come without a password
}

function print(record) {
  process.stdout.write(`${JSON.stringify(record)}\n`);
}

const ports = new Map(process.argv.slice(2).map((argument) => argument.split('=')));
for (const name of ports.keys()) {
  if (!(name in LISTENERS))
    throw new Error(`there is no listener ${name}; there are ${Object.keys(LISTENERS).join(', ')}`);
}
const server = new SmtpServer(OPTIONS, backend);
for (const [id, options] of Object.entries(LISTENERS)) {
  const { address } = await server.listen({ id, host: '127.0.0.1', port: Number(ports.get(id) ?? 0), ...options });
  print({ listener: id, host: address.address, port: address.port, ...options });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());
