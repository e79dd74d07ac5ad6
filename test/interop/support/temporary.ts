import { afterAll } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Made on first use: where every test of a spec is left out, nobody would remove it. */
let root: string | undefined;
afterAll(() => {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** The folder of this spec; removed with everything in it when the spec ends. */
export function temporaryRoot(): string {
  if (root === undefined) {
    root = mkdtempSync(join(tmpdir(), 'interop-'));
    chmodSync(root, 0o711); // servers give up root and still have to find their files
  }
  return root;
}

/** An empty folder in it. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(temporaryRoot(), `${name}-`));
}

/**
 * Writes a file in it.
 *
 * @param mode default: for its owner alone, as clients want files with secrets
 */
export function temporaryFile(name: string, content: string | Buffer, mode = 0o600): string {
  const path = join(temporaryRoot(), name);
  writeFileSync(path, content, { mode });
  return path;
}
