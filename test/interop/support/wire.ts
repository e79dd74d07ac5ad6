import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd } from './run.js';

/** What went over a connection in clear text. */
export interface Wire {
  readonly port: number;
  /** What the client wrote, write by write as far as TCP shows it. */
  readonly fromClient: readonly string[];
  /** Everything in its order, each side's closing as `FIN`. */
  readonly events: readonly { readonly who: 'client' | 'server'; readonly what: string }[];
}

/** A port that hands everything on to another and keeps a copy, half-closes too. */
export async function tapWire(target: number): Promise<Wire> {
  const events: { who: 'client' | 'server'; what: string }[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    sockets.push(client, upstream);
    handOn(client, upstream, (what) => events.push({ who: 'client', what }));
    handOn(upstream, client, (what) => events.push({ who: 'server', what }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    events,
    get fromClient() {
      return events.filter(({ who }) => who === 'client').map(({ what }) => what);
    },
  };
}

function handOn(from: Socket, to: Socket, note: (what: string) => void): void {
  from.on('data', (chunk) => {
    note(chunk.toString('latin1'));
    to.write(chunk);
  });
  from.on('end', () => {
    note('FIN');
    to.end();
  });
  from.on('error', () => to.destroy());
}
