import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { signatureHash } from '../protocol/signature-hash.js';

/** RFC 9266 §4.2. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_LENGTH = 32;

/** Channel binding types of the IANA registry that we can give, and how each is made. */
const BINDINGS: Readonly<Record<string, (socket: TLSSocket) => Buffer | undefined>> = {
  // Before TLS 1.3 it takes an extended master secret to be safe (RFC 9266 §3), and Node does not say whether there is one.
  'tls-exporter': (socket) =>
    socket.getProtocol() === 'TLSv1.3'
      ? socket.exportKeyingMaterial(EXPORTER_LENGTH, EXPORTER_LABEL, Buffer.alloc(0))
      : undefined,
  // RFC 5929 §4.1: a hash of the server's certificate, by the hash function of its signature, SHA-256 for older ones.
  'tls-server-end-point': (socket) => {
    const certificate = socket.getX509Certificate()?.raw;
    const hash = certificate && signatureHash(certificate);
    if (hash === undefined) return undefined;
    return createHash(hash === 'md5' || hash === 'sha1' ? 'sha256' : hash)
      .update(certificate!)
      .digest();
  },
};

/** The data of a channel binding type (RFC 5056); undefined where the connection has none of that type. */
export function channelBinding(socket: TLSSocket, type: string): Buffer | undefined {
  return Object.hasOwn(BINDINGS, type) ? BINDINGS[type]!(socket) : undefined;
}

/**
 * Why the client's certificate is not to be believed; undefined where it is. It is what tls.Server asks of its sockets
 * after the handshake; of a TLSSocket that belongs to no server nothing public tells it.
 */
export function certificateError(socket: TLSSocket): Error | undefined {
  const handle = (socket as unknown as { _handle?: { verifyError?: () => Error | null } })._handle;
  if (handle?.verifyError === undefined) return new Error('the client certificate cannot be verified');
  return handle.verifyError() ?? undefined;
}

/** The client's certificate, where TLS has verified it. */
export function verifiedCertificate(socket: TLSSocket): X509Certificate | undefined {
  return certificateError(socket) === undefined ? socket.getPeerX509Certificate() : undefined;
}
