import { SMTPServer } from 'smtp-server';

/** Who sent each message; nothing true for somebody who has not logged in. */
export const senders: unknown[] = [];

export const server = new SMTPServer({
  authOptional: true,
  logger: false,
  onAuth({ username }, _session, callback) {
    callback(null, { user: username });
  },
  onData(stream, session, callback) {
    senders.push(session.user);
    stream.resume();
    stream.on('end', () => callback());
  },
});
