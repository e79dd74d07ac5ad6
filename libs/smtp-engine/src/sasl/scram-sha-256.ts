import { scram } from './scram.js';

/** SCRAM-SHA-256 (RFC 7677). */
export const scramSha256 = scram('SCRAM-SHA-256', false);
/** SCRAM-SHA-256-PLUS: bound to the TLS connection. */
export const scramSha256Plus = scram('SCRAM-SHA-256', true);
