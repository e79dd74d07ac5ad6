import type { X509Certificate } from 'node:crypto';

/** Node writes `email:a@b, DNS:c`, and a value that could be taken for something else in quotes: those are left out. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const EMAIL_ENTRY = /(?:^|, )email:([^",]+)(?=, |$)/;

/**
 * Whom a client certificate names: its first e-mail address (RFC 5280 §4.2.1.6), else its common name. Undefined where it
 * has neither, or more than one common name.
 */
export function certificateIdentity(certificate: X509Certificate): string | undefined {
  const email = EMAIL_ENTRY.exec((certificate.subjectAltName ?? '').replace(QUOTED, '""'))?.[1];
  if (email !== undefined) return email;
  // Not from `subject`, whose text would have to be taken apart; several names are an array here.
  const name: unknown = certificate.toLegacyObject().subject.CN;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
