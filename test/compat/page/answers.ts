import { SMTPServer, type SMTPServerAuthenticationResponse } from 'smtp-server';

class Unavailable extends Error {
  responseCode = 454;
}

const answers: Record<string, SMTPServerAuthenticationResponse | Error> = {
  taken: { user: { id: 7, roles: ['sender'] } },
  refused: { message: 'That is not your password' },
  locked: { message: 'This account is locked', responseCode: 534 },
  broken: new Error('The directory does not answer'),
  busy: new Unavailable('Come back in a minute'),
};

/** The name of the user says what becomes of the login. */
export const server = new SMTPServer({
  logger: false,
  onAuth({ username = '' }, _session, callback) {
    const answer = answers[username] ?? {};
    if (answer instanceof Error) return callback(answer);
    callback(null, answer);
  },
});
