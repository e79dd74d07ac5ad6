// The peer: nodemailer's smtp-server, with handlers that do as little as ours.
//   node bench/servers/smtp-server.mjs --port P [--tls none|starttls|implicit] [--cert F --key F]
import { SMTPServer } from 'smtp-server';
import { readArguments } from './arguments.mjs';

const { port, tls, material } = readArguments();
const server = new SMTPServer({
  ...material,
  secure: tls === 'implicit',
  hideSTARTTLS: tls === 'none',
  authOptional: true,
  allowInsecureAuth: true,
  disableReverseLookup: true,
  size: 64 * 1024 * 1024,
  onAuth: ({ username, password }, _session, callback) =>
    callback(null, username === 'user' && password === 'pass' ? { user: username } : {}),
  onData(stream, _session, callback) {
    stream.on('end', () => callback());
    stream.resume();
  },
});
server.on('error', () => undefined);
server.listen({ port, host: '127.0.0.1', backlog: 4096 });
process.on('SIGUSR2', () => globalThis.gc?.());
