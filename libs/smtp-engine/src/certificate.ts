/**
 * Makes a self-signed P-256 certificate for development and tests: nobody trusts it, it only encrypts.
 *
 * @param names host names and IP addresses it is valid for; the first is its subject
 * @param options.days validity in days, 365 by default
 * @returns key and certificate as PEM
 */
export async function selfSignedCertificate(
  names: readonly string[],
  options: { readonly days?: number } = {},
): Promise<{ key: string; cert: string }> {
  // Loaded on use: a server with a certificate of its own never pays for it.
  const { generate } = await import('selfsigned');
  const { isIP } = await import('node:net');
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 24 * 3_600_000), // clocks of devices are often slow
    notAfterDate: new Date(Date.now() + (options.days ?? 365) * 24 * 3_600_000),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
