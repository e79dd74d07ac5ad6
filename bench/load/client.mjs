// One connection: goes through the steps of a script, counts replies, and does as little else as it can, so that it is not
// the generator that is measured.
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const LF = 0x0a;
const HYPHEN = 0x2d;
const FOUR = 0x34;
/** Where the hyphen of `250-` stands. */
const MARK = 3;

export class Client {
  at = 0;
  step = undefined;
  awaited = 0;
  /** Where in a reply line the reader is, and what of it matters. */
  column = 0;
  first = 0;
  mark = 0;
  began = performance.now();

  /**
   * @param target { port, tls } where to connect
   * @param script see scripts.mjs
   * @param events { done(latencyMs, octets), failed(what), closed(), isOver() }
   */
  constructor({ port, tls }, script, events) {
    this.script = script;
    this.events = events;
    this.steps = script.opening;
    const address = { host: '127.0.0.1', port, noDelay: true };
    this.attach(tls === 'implicit' ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address));
    this.next();
  }

  attach(socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.events.failed(error.message));
    socket.on('close', () => this.events.closed(this));
  }

  /** Says the next step; from the opening to what is repeated, until it is over. */
  next() {
    if (this.at === this.steps.length) {
      const { repeated, closing } = this.script;
      if (this.steps === closing || (repeated.length === 0 && closing.length === 0)) return;
      this.steps = repeated.length === 0 || this.events.isOver() ? closing : repeated;
      this.at = 0;
    }
    this.step = this.steps[this.at++];
    this.awaited = this.step.replies;
    if (this.step.isFirst) this.began = performance.now();
    if (this.step.octets.length > 0) this.socket.write(this.step.octets);
  }

  answered() {
    const { isLast, secures, octets } = this.step;
    if (isLast) this.events.done(performance.now() - this.began, octets.length);
    if (secures) this.secure();
    this.next();
  }

  read(chunk) {
    for (let from = 0; from < chunk.length;) {
      const found = chunk.indexOf(LF, from);
      const end = found < 0 ? chunk.length : found;
      if (this.column === 0) this.first = chunk[from];
      const mark = from + MARK - this.column;
      if (mark >= from && mark < end) this.mark = chunk[mark];
      this.column += end - from;
      if (found < 0) return;
      this.column = 0;
      from = found + 1;
      if (this.first >= FOUR) return this.events.failed(chunk.toString('latin1'));
      if (this.mark !== HYPHEN && --this.awaited === 0) this.answered();
    }
  }

  secure() {
    const plain = this.socket.removeAllListeners('data').removeAllListeners('close');
    this.attach(connectTls({ socket: plain, rejectUnauthorized: false }));
  }

  destroy() {
    this.socket.removeAllListeners('close').destroy();
  }
}
