import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSignedCertificate } from 'smtp-engine';
import { writeFileDurably } from './durable-files.js';

/** A secret that the application keeps for itself in a file, mode 0600. */
export interface StoredSecret {
  readonly value: string;
  /** True at the start that made it: the only time to print it. */
  readonly created: boolean;
  readonly file: string;
}

/** A certificate that the application made for itself, and its key: PEM. */
export interface StoredCertificate {
  readonly key: string;
  readonly cert: string;
  /** True at the start that made it. */
  readonly created: boolean;
  readonly keyFile: string;
  readonly certFile: string;
}

const TOKEN_BYTES = 32;
const CERTIFICATE_DAYS = 397;

/** Reads a secret; where there is none, or an empty file, makes one. */
export async function readOrCreateSecret(file: string, make: () => string): Promise<StoredSecret> {
  const value = (await readIfThere(file))?.trim();
  if (value) return { value, created: false, file };
  const made = make();
  await writeFileDurably(file, `${made}\n`);
  return { value: made, created: true, file };
}

/** The token that opens page and API, for a start without ADMIN_TOKEN: 256 random bits, safe in URLs and headers. */
export function readOrCreateAdminToken(folder: string): Promise<StoredSecret> {
  return readOrCreateSecret(join(folder, 'admin-token'), () => randomBytes(TOKEN_BYTES).toString('base64url'));
}

/**
 * A self-signed certificate for development, for a start without TLS files. Made again when it has expired, does not
 * name this server, or is broken; else the same at each start, so that a client may trust it once.
 *
 * @param name the server's own name; this machine's addresses are added
 */
export async function readOrCreateCertificate(folder: string, name: string): Promise<StoredCertificate> {
  const keyFile = join(folder, 'tls-key.pem');
  const certFile = join(folder, 'tls-cert.pem');
  const [key, cert] = [await readIfThere(keyFile), await readIfThere(certFile)];
  if (key && cert && isUsable(key, cert, name)) return { key, cert, created: false, keyFile, certFile };
  const names = [...new Set([name, 'localhost', '127.0.0.1', '::1'])];
  const made = await selfSignedCertificate(names, { days: CERTIFICATE_DAYS });
  // A crash between the two leaves a pair that does not match, which is made again.
  await writeFileDurably(keyFile, made.key);
  await writeFileDurably(certFile, made.cert);
  return { ...made, created: true, keyFile, certFile };
}

function isUsable(key: string, cert: string, name: string): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const current = Date.parse(certificate.validTo) > Date.now();
    return current && certificate.checkHost(name) !== undefined && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false; // no PEM at all
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
