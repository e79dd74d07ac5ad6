import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const pem = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));

/** Nobody says a password before STARTTLS. */
export const server = new SMTPServer({
  secure: false,
  hideSTARTTLS: false,
  allowInsecureAuth: false,
  key: pem('private.key'),
  cert: pem('server.crt'),
  logger: false,
  onAuth({ username }, _session, callback) {
    callback(null, { user: username });
  },
});

/** A network of one's own, where a password may be seen. */
export const trusting = new SMTPServer({
  allowInsecureAuth: true,
  logger: false,
  onAuth({ username }, _session, callback) {
    callback(null, { user: username });
  },
});
