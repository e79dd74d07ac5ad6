import { certificate } from '../../support/engine.js';
import { temporaryFile } from './run.js';

/** The server's certificate as a file that a client can be told to trust. */
export async function caFile(): Promise<string> {
  return temporaryFile('ca.pem', (await certificate).cert, 0o644);
}
