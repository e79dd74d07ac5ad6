// The engine in a process of its own, for run.mjs: options as JSON in the first argument. Sends its ports, then for each
// message what is open. SIGUSR2 collects garbage.
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate, SmtpServer } from 'smtp-engine';

const errors = [];
const server = new SmtpServer(
  {
    name: 'mx.example',
    ...(await selfSignedCertificate(['mx.example'])),
    authOptional: true,
    allowInsecureAuth: true,
    recipients: 'any',
    closeTimeout: 500,
    ...JSON.parse(process.argv[2]),
  },
  {
    auth: async ({ username, password }) => username === 'alice' && password === 'right',
    async data(message, { envelope }) {
      const pauseMs = envelope.mailFrom.localPart === 'slow' ? 2 : 0;
      for await (const chunk of message) if (pauseMs > 0) await sleep(pauseMs, chunk);
      return `${message.byteLength} octets`;
    },
    error: (error) => errors.push(error?.name),
  },
);
const listen = async (secure) =>
  (await server.listen({ host: '127.0.0.1', port: 0, secure, backlog: 2048 })).address.port;
const ports = { port: await listen(false), securePort: await listen(true) };
process.on('SIGUSR2', () => globalThis.gc());
process.on('message', () => {
  process.send({ connections: server.connections().length, errors: [...new Set(errors.splice(0))] });
});
process.on('disconnect', () => process.exit());
process.send(ports);
