import { once } from 'node:events';
import { connect } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import { connect as connectTls } from 'node:tls';

/** A client that reads whole replies, and remembers how the connection ended. */
export class Client {
  #received = '';
  #isEnded = false;
  #wake = () => {};

  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.connected = once(this.socket, 'connect');
    this.#listen(this.socket);
    // The own port is needed when the socket has gone as well.
    this.connected.then(
      () => (this.localPort = this.socket.localPort),
      () => {},
    );
  }

  get isEnded() {
    return this.#isEnded;
  }

  /** Writes, unless the server has gone. */
  write(octets) {
    if (this.socket.writable) this.socket.write(octets);
  }

  /**
   * The next complete reply as its lines, `undefined` when there is none within that time or before the end. The first
   * line comes as it is; the marks of the others stand for "belongs to the reply above".
   */
  async reply(patienceMs) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const lines = this.#takeReply();
      if (lines !== undefined) return lines;
      if (this.#isEnded || Date.now() >= deadline) return undefined;
      await this.#change(deadline - Date.now());
    }
  }

  /** Whatever stands there unread: what is no reply. */
  rest() {
    const rest = this.#received;
    this.#received = '';
    return rest;
  }

  /** Waits until the server has closed, or that time has passed. */
  async ended(patienceMs) {
    const deadline = Date.now() + patienceMs;
    while (!this.#isEnded && Date.now() < deadline) await this.#change(deadline - Date.now());
    return this.#isEnded;
  }

  /** The handshake; says what was agreed on, or what went wrong. */
  async handshake(options) {
    const plainSocket = this.socket;
    for (const event of ['data', 'end', 'error', 'close']) plainSocket.removeAllListeners(event);
    plainSocket.on('error', () => {});
    const socket = connectTls({ socket: plainSocket, rejectUnauthorized: false, ...options });
    this.socket = socket;
    try {
      await Promise.race([
        once(socket, 'secureConnect'),
        once(plainSocket, 'close').then(() => Promise.reject(new Error('closed'))),
      ]);
    } catch {
      // How a handshake fails depends on what arrives first, a reset or an alert.
      this.#isEnded = true;
      return 'failed';
    }
    this.#listen(socket);
    return `${socket.getProtocol()} ${socket.getPeerCertificate().subject?.CN}`;
  }

  end() {
    this.socket.end();
  }

  /** Vanishes: a reset, where the socket can send one. */
  drop() {
    if (this.socket.resetAndDestroy !== undefined && this.socket.encrypted !== true) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  destroy() {
    this.socket.destroy();
  }

  #listen(socket) {
    const ended = () => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#wake();
    });
    for (const event of ['end', 'error', 'close']) socket.on(event, ended);
  }

  #change(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #takeReply() {
    const lines = [];
    for (let from = 0; ;) {
      const to = this.#received.indexOf('\r\n', from);
      if (to === -1) return undefined;
      const line = this.#received.slice(from, to);
      from = to + 2;
      // A line of the same reply has the same code; what breaks that is shown as it came.
      const isContinued = /^\d{3}-/.test(line) && (lines.length === 0 || line.startsWith(lines[0].slice(0, 3)));
      const code = line.slice(0, 3);
      lines.push(/^\d{3}[- ]/.test(line) ? `${code}${lines.length === 0 ? ' ' : ' | '}${line.slice(4)}` : line);
      if (!isContinued) {
        this.#received = this.#received.slice(from);
        return lines;
      }
    }
  }
}
