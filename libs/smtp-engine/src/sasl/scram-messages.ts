import { type Gs2Header, readGs2Header, readSaslName } from './gs2.js';
import { SaslSyntaxError } from './mechanism.js';
import { saslprep } from './saslprep.js';

/** RFC 5802 §7: client-first-message. */
export interface ClientFirst {
  readonly gs2: Gs2Header;
  /** Prepared by SASLprep. */
  readonly username: string;
  readonly nonce: string;
}

/** RFC 5802 §7: client-final-message. */
export interface ClientFinal {
  /** What `c=` says: gs2-header and channel binding data. */
  readonly binding: Buffer;
  readonly nonce: string;
  readonly proof: Buffer;
  /** What the proof is over. */
  readonly withoutProof: string;
}

/** RFC 5802 §5.1: nonces are printable ASCII without a comma; optional extensions are read over. */
const FIRST = /^n=([^,]+),r=([!-+\--~]+)((?:,[A-Za-z]=[^,]+)*)$/;
const FINAL = /^(c=([A-Za-z0-9+/=]+),r=([!-+\--~]+)((?:,[A-Za-z]=[^,]+)*)),p=([A-Za-z0-9+/=]+)$/;
/** RFC 5802 §5.1: an extension the server must understand. It understands none. */
const MANDATORY_EXTENSION = /(?:^|,)m=/;

/** @throws SaslSyntaxError */
export function readClientFirst(text: string): ClientFirst {
  const gs2 = readGs2Header(text);
  const match = FIRST.exec(gs2.message);
  if (match === null) throw new SaslSyntaxError('the client-first-message is malformed');
  const [, name = '', nonce = '', extensions = ''] = match;
  if (MANDATORY_EXTENSION.test(extensions)) throw new SaslSyntaxError('no mandatory extension is known');
  const username = saslprep(readSaslName(name));
  if (username === undefined) throw new SaslSyntaxError('the user name has characters SASLprep does not allow');
  return { gs2, username, nonce };
}

/** @throws SaslSyntaxError */
export function readClientFinal(text: string, proofLength: number): ClientFinal {
  const match = FINAL.exec(text);
  if (match === null) throw new SaslSyntaxError('the client-final-message is malformed');
  const [, withoutProof = '', binding = '', nonce = '', extensions = '', proof = ''] = match;
  if (MANDATORY_EXTENSION.test(extensions)) throw new SaslSyntaxError('no mandatory extension is known');
  const octets = readOctets(proof);
  if (octets.length !== proofLength) throw new SaslSyntaxError(`the proof has ${proofLength} octets`);
  return { binding: readOctets(binding), nonce, proof: octets, withoutProof };
}

function readOctets(base64: string): Buffer {
  const octets = Buffer.from(base64, 'base64');
  if (octets.toString('base64') !== base64) throw new SaslSyntaxError('an attribute is not base64');
  return octets;
}
