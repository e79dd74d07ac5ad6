import { scram } from './scram.js';

/** SCRAM-SHA-1 (RFC 5802). */
export const scramSha1 = scram('SCRAM-SHA-1', false);
/** SCRAM-SHA-1-PLUS: bound to the TLS connection. */
export const scramSha1Plus = scram('SCRAM-SHA-1', true);
