// What `node:net` itself costs: answers by the first letter of a line, looks for the end of mail data, checks nothing. No server
// that is written on it can be cheaper without other means.
//   node bench/servers/bare.mjs --port P [--tls none|implicit] [--cert F --key F]
import { createServer } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { readArguments } from './arguments.mjs';

const { port, tls, material } = readArguments();
const secureContext = tls === 'none' ? undefined : createSecureContext(material);
const LF = 0x0a;
const END = Buffer.from('\r\n.\r\n');
const REPLIES = {
  m: '250 OK\r\n',
  r: '250 OK\r\n',
  d: '354 Go ahead\r\n',
  e: '250-bench.example\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n',
  a: '235 OK\r\n',
  q: '221 Bye\r\n',
};

class Client {
  inData = false;
  /** The last octets of the chunk before, in mail data. */
  tail = Buffer.alloc(0);

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.take(chunk)).on('error', () => socket.destroy());
    socket.write('220 bench.example\r\n', 'latin1');
  }

  take(chunk) {
    let out = '';
    for (let at = 0; at < chunk.length && at >= 0;) {
      if (this.inData) {
        at = this.endOfData(chunk, at);
        if (at >= 0) out += '250 OK\r\n';
        continue;
      }
      // The load generator never cuts a line.
      const letter = String.fromCharCode(chunk[at] | 0x20);
      at = chunk.indexOf(LF, at) + 1;
      out += REPLIES[letter];
      if (letter === 'q') return this.socket.end(out, 'latin1');
      this.inData = letter === 'd';
      if (this.inData) this.tail = Buffer.from('\r\n');
    }
    if (out !== '') this.socket.write(out, 'latin1');
  }

  /** The offset behind the end, -1 where it has not come. */
  endOfData(chunk, from) {
    const across = Buffer.concat([this.tail, chunk.subarray(from, from + END.length - 1)]).indexOf(END);
    const within = across < 0 ? chunk.indexOf(END, from) : from + across - this.tail.length;
    this.inData = across < 0 && within < 0;
    if (!this.inData) return within + END.length;
    const rest = chunk.subarray(from);
    this.tail = Buffer.from(
      (rest.length < END.length ? Buffer.concat([this.tail, rest]) : rest).subarray(1 - END.length),
    );
    return -1;
  }
}

createServer({ noDelay: true }, (socket) => {
  new Client(secureContext === undefined ? socket : new TLSSocket(socket, { isServer: true, secureContext }));
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
process.on('SIGUSR2', () => globalThis.gc?.());
