import { createHash } from 'node:crypto';

/** A name without its case, its length and its meaning: people type their password where the user name belongs. */
export function nameKey(name: string): string {
  return createHash('sha256').update(name.toLowerCase()).digest('base64url');
}
