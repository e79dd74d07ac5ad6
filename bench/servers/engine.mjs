// The engine alone: any sender and recipient, AUTH PLAIN user/pass without TLS, messages drained.
//   node bench/servers/engine.mjs --port P [--tls none|starttls|implicit] [--cert F --key F]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SmtpServer } from 'smtp-engine';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    tls: { type: 'string', default: 'none' },
    cert: { type: 'string' },
    key: { type: 'string' },
  },
});
const tls = values.tls === 'none' ? {} : { key: readFileSync(values.key), cert: readFileSync(values.cert) };

const server = new SmtpServer(
  {
    name: 'bench.example',
    authOptional: true,
    allowInsecureAuth: true,
    maxCommandsWithoutMail: false,
    recipients: 'any',
    size: 64 * 1024 * 1024,
  },
  {
    auth: ({ username, password }) => username === 'user' && password === 'pass',
    data: (message) => message.discard(),
  },
);
await server.listen({
  port: Number(values.port),
  host: '127.0.0.1',
  secure: values.tls === 'implicit',
  backlog: 4096,
  ...tls,
});
process.on('SIGUSR2', () => globalThis.gc?.());
process.on('SIGTERM', () => server.close().then(() => process.exit(0)));
