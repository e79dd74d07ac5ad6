import { AnonymousAuth } from './credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

/** RFC 4505 §2: at most 255 characters; its "trace" profile of stringprep allows neither controls nor unassigned ones. */
const TRACE = /^[^\p{C}]{0,255}$/u;

/** ANONYMOUS (RFC 4505): no login at all, for applications that list it in `authMethods`. */
export const anonymous: Mechanism = {
  name: 'ANONYMOUS',
  cleartext: false,
  clientFirst: true,
  *exchange() {
    const trace = readText(yield EMPTY_CHALLENGE);
    if (!TRACE.test(trace)) throw new SaslSyntaxError('trace information is at most 255 printable characters');
    return new AnonymousAuth(trace);
  },
};
