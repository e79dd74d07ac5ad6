import { type Credentials, replies, type ScramQuery, type ScramSecret, SmtpError } from 'smtp-engine';

/** The user of the examples in RFC 5802 §5 and RFC 7677 §3: "user", whose password is "pencil". */
const EXAMPLE_KEYS: Readonly<Record<ScramQuery['mechanism'], readonly string[]>> = {
  'SCRAM-SHA-1': ['QSXCR+Q6sek8bf92', '6dlGYMOdZcOPutkcNY8U2g7vK9Y=', 'D+CSWLOshSulAsxiupA+qs2/fTE='],
  'SCRAM-SHA-256': [
    'W22ZaJ0SNY7soEsUEjb6gQ==',
    'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=',
    'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  ],
};

/**
 * What the application of the transcripts knows for SCRAM: keys of "user"; the password of "a,b=c"; of "alice" and of
 * "careless" salt and iterations, the proof being checked, or not, at login.
 */
export function demoSecret({ username, mechanism }: ScramQuery): ScramSecret | null {
  switch (username) {
    case 'user': {
      const [salt, storedKey, serverKey] = EXAMPLE_KEYS[mechanism].map((text) => Buffer.from(text, 'base64'));
      return { salt: salt!, iterations: 4096, storedKey: storedKey!, serverKey: serverKey! };
    }
    case 'a,b=c':
      return { password: 'secret' };
    case 'alice':
    case 'careless':
      return { salt: Buffer.from('0123456789abcdef'), iterations: 4096 };
    case 'broken':
      return { salt: Buffer.from('0123456789abcdef'), iterations: 1 };
    default:
      return null;
  }
}

/** Alice logs in with "secret" or the token "good", guests with nothing, users of SCRAM with what they have proved. */
export function demoLogin(credentials: Credentials): unknown {
  if (credentials.username === 'crash') throw new Error('database password is hunter2');
  return isWelcome(credentials) ? { name: credentials.username || 'alice' } : false;
}

function isWelcome(credentials: Credentials): boolean {
  switch (credentials.method) {
    case 'ANONYMOUS':
      return true;
    case 'OAUTHBEARER':
      if (credentials.accessToken !== 'narrow') return credentials.accessToken === 'good';
      throw new SmtpError(replies.authenticationFailed, {
        challenge: { status: 'insufficient_scope', scope: 'mail.send' },
      });
    case 'SCRAM-SHA-1':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-1-PLUS':
    case 'SCRAM-SHA-256-PLUS':
      return credentials.username !== 'alice' || credentials.validatePassword('secret');
    default:
      return isAlice(credentials);
  }
}

function isAlice(credentials: Credentials): boolean {
  if (credentials.username !== 'alice') return false;
  switch (credentials.method) {
    case 'PLAIN':
    case 'LOGIN':
      return credentials.password === 'secret';
    case 'CRAM-MD5':
      return credentials.validatePassword('secret');
    case 'XOAUTH2':
      return credentials.accessToken === 'good';
    default:
      return true;
  }
}
