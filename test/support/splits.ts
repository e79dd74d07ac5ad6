/**
 * Every way worth trying to cut octets into chunks as a network may: whole, each cut into two, each cut into three where
 * the octets are few, and one by one. Each chunk is a copy with memory of its own, as a socket hands them out.
 */
export function* splits(octets: Buffer): Generator<Buffer[]> {
  yield [copy(octets)];
  for (let i = 0; i <= octets.length; i++) yield cut(octets, i);
  if (octets.length <= 24) {
    for (let i = 0; i <= octets.length; i++) for (let j = i; j <= octets.length; j++) yield cut(octets, i, j);
  }
  yield [...octets].map((octet) => Buffer.from(new Uint8Array([octet]).buffer));
}

/** Cuts octets at the given offsets; each chunk is a copy. */
export function cut(octets: Buffer, ...offsets: readonly number[]): Buffer[] {
  const places = [0, ...[...offsets].sort((a, b) => a - b), octets.length];
  return places.slice(1).map((end, index) => copy(octets.subarray(places[index], end)));
}

function copy(octets: Uint8Array): Buffer {
  return Buffer.from(new Uint8Array(octets).buffer);
}
