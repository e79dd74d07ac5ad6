import { selfSignedCertificate, type SmtpServerOptions } from 'smtp-engine';
import { certificate } from '../../support/engine.js';
import { temporaryFile } from './temporary.js';
import { USER } from './server.js';

/** The server's certificate as a file that a client can be told to trust. */
export async function caFile(): Promise<string> {
  return temporaryFile('ca.pem', (await certificate).cert, 0o644);
}

/** A certificate of the user's own, as files for the client, and what the server needs to know it by. */
export interface ClientCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly serverOptions: SmtpServerOptions;
}

/**
 * Makes a certificate for alice.
 *
 * @param mode of the key's file; default: for its owner alone
 */
export async function clientCertificate(mode = 0o600): Promise<ClientCertificate> {
  const { cert, key } = await selfSignedCertificate([USER]);
  return {
    certFile: temporaryFile('client.pem', cert, 0o644),
    keyFile: temporaryFile('client-key.pem', key, mode),
    serverOptions: { requestCert: true, ca: cert },
  };
}
