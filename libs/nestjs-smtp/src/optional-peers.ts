/** Packages that only some parameters need, and who says so at boot. Loaded when they are used, never before. */
const PEERS: Readonly<Record<OptionalPeer, { readonly user: string; load(): Promise<unknown> }>> = {
  'class-validator': { load: () => import('class-validator'), user: '@SmtpCredentials() with a class' },
  mailparser: { load: () => import('mailparser'), user: '@SmtpParsed()' },
  'rate-limiter-flexible': { load: () => import('rate-limiter-flexible'), user: 'RedisCounterStore' },
};

export type OptionalPeer = 'class-validator' | 'mailparser' | 'rate-limiter-flexible';

/** A sentence for each package that is wanted and not installed. */
export async function missingPeers(
  wanted: ReadonlySet<OptionalPeer>,
  load: (peer: OptionalPeer) => Promise<unknown> = (peer) => PEERS[peer].load(),
): Promise<readonly string[]> {
  const found = [...wanted].map((peer) =>
    load(peer).then(
      () => [],
      () => [`${PEERS[peer].user} needs ${peer}: npm install ${peer}`],
    ),
  );
  return (await Promise.all(found)).flat();
}
