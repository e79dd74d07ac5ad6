// A throw-away certificate in files, for servers that take no other.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedCertificate } from 'smtp-engine';

/** @returns {{ key, cert }} the files they are in */
export async function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-bench-'));
  const pem = await selfSignedCertificate(['localhost', '127.0.0.1']);
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  for (const name of ['key', 'cert']) writeFileSync(files[name], pem[name], { mode: 0o600 });
  return files;
}
