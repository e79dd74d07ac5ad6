import type { Credentials } from '../sasl/credentials.js';
import type { SMTPServerAuthentication, SMTPServerAuthenticationResponse, SMTPServerHandlers } from './types.js';

/** What onAuth gets: a plain object with the fields that the mechanism has, as smtp-server makes it. */
export function toAuthentication(credentials: Credentials): SMTPServerAuthentication {
  const { method, username, authcid, authzid } = credentials;
  return { method, username, ...secretsOf(credentials, authcid, authzid) } as SMTPServerAuthentication;
}

function secretsOf(credentials: Credentials, authcid: string, authzid: string): Partial<SMTPServerAuthentication> {
  switch (credentials.method) {
    case 'PLAIN':
      return { authcid, authzid, password: credentials.password };
    case 'LOGIN':
      return { password: credentials.password };
    case 'XCLIENT':
      return { password: null };
    case 'XOAUTH2':
      return { accessToken: credentials.accessToken };
    case 'OAUTHBEARER':
      return { authzid, accessToken: credentials.accessToken };
    case 'CRAM-MD5': {
      const { challenge, challengeResponse } = credentials;
      return { challenge, challengeResponse, validatePassword: (password) => credentials.validatePassword(password) };
    }
    case 'EXTERNAL':
      return { authcid, authzid, certificate: credentials.certificate };
    case 'ANONYMOUS':
      return { trace: credentials.trace };
    default:
      return { authcid, authzid, validatePassword: (password) => credentials.validatePassword(password) };
  }
}

/** The answer of an application without onAuth. */
export const authNotImplemented: SMTPServerHandlers['onAuth'] = (auth, _session, callback) => {
  if (auth.method === 'XCLIENT') return callback(null); // the proxy's client goes on without login
  callback(null, DEFAULT_ANSWERS[auth.method] ?? { message: 'Authentication not implemented' });
};

const DEFAULT_ANSWERS: Partial<Record<string, SMTPServerAuthenticationResponse>> = {
  XOAUTH2: { data: { status: '401', schemes: 'bearer mac', scope: 'https://mail.google.com/' } },
};
