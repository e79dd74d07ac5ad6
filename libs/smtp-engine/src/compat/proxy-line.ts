import { parseIpAddress, parsePort } from '../protocol/ip-address.js';
import type { ProxyEndpoint, ProxyLineReader } from '../protocol/proxy-header.js';

/**
 * A PROXY header as smtp-server takes it: the word in any case, a line of up to 1 KiB with whatever behind it, with or without
 * addresses and ports. What follows UNKNOWN is ignored, as the protocol has it.
 */
export const proxyLine: ProxyLineReader = {
  maxOctets: 1024,
  refusal: '* BAD Invalid PROXY header\r\n',
  read(line) {
    const [word = '', family = '', from, to, fromPort, toPort] = line.trim().split(' ');
    if (word.toUpperCase() !== 'PROXY') return undefined;
    if (!from || family.toUpperCase() === 'UNKNOWN') return { family: 'UNKNOWN' };
    const source = endpoint(from, fromPort);
    if (source === undefined || to === undefined) return undefined;
    const destination = endpoint(to, toPort);
    return { family: from.includes(':') ? 'TCP6' : 'TCP4', source, ...(destination && { destination }) };
  },
};

/** Port 0: it is not told. */
function endpoint(text: string, port = ''): ProxyEndpoint | undefined {
  const address = parseIpAddress(text);
  return address === undefined ? undefined : { address, port: parsePort(port) ?? 0 };
}
