import { certificateIdentity } from './certificate-identity.js';
import { ExternalAuth } from './credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslFailure } from './mechanism.js';

/**
 * EXTERNAL (RFC 4422 appendix A): the client says at most whom it wants to act as; who it is, its certificate says. That
 * one may act as another is for the application to know.
 */
export const external: Mechanism = {
  name: 'EXTERNAL',
  cleartext: false,
  clientFirst: true,
  requires: ['client-certificate'],
  *exchange({ clientCertificate }) {
    const authzid = readText(yield EMPTY_CHALLENGE);
    const identity = clientCertificate && certificateIdentity(clientCertificate);
    if (identity === undefined) throw new SaslFailure(authzid, 'the certificate names nobody');
    return new ExternalAuth(identity, authzid, clientCertificate!);
  },
};
