import { SMTPServer } from 'smtp-server';

interface Owner {
  id: number;
  email: string;
  quota: number;
}

export const used: Owner[] = [];

/** The user that onAuth made is the session's, for the handlers that follow. */
export const server = new SMTPServer({
  logger: false,
  onAuth({ username = '' }, _session, callback) {
    callback(null, { user: { id: 501, email: username, quota: 500 } });
  },
  onData(stream, session, callback) {
    const owner = session.user as Owner;
    used.push(owner);
    stream.resume();
    stream.on('end', () => {
      const left = owner.quota - stream.byteLength;
      callback(left < 0 ? new Error('Your mailbox is full') : null, `kept for ${owner.email}`);
    });
  },
});
