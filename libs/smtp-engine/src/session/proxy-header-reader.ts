import { type ProxyHeader, ProxyHeaderDecoder, type ProxyOutcome } from '../protocol/proxy-header.js';
import type { Conversation } from './conversation.js';
import type { OctetReader } from './input.js';
import { reportIntruder } from './intruders.js';

/** A peer of `useProxy` sent no PROXY header, or one that cannot be used; its connection was closed. */
export class SmtpProxyHeaderError extends Error {
  override readonly name = 'SmtpProxyHeaderError';

  constructor(
    /** Address of the peer. */
    readonly peerAddress: string,
    problem: string,
  ) {
    super(`the PROXY header of ${peerAddress} cannot be used: ${problem}`);
  }
}

/** Waits for the PROXY header that the peer has to send before anything else; undefined when there will be none. */
export function readProxyHeader(conversation: Conversation): Promise<ProxyHeader | undefined> {
  return new Promise((resolve) => {
    const reader = new ProxyHeaderReader(conversation, resolve);
    conversation.startReading(reader);
  });
}

class ProxyHeaderReader implements OctetReader {
  readonly isStalled = false;
  private readonly decoder: ProxyHeaderDecoder;
  private readonly timer: NodeJS.Timeout;
  private outcome: ProxyOutcome | undefined;
  private isOver = false;

  constructor(
    private readonly conversation: Conversation,
    private readonly settle: (header: ProxyHeader | undefined) => void,
  ) {
    const { session } = conversation;
    const { handshakeTimeoutMs, socketTimeout, proxyLine } = session.options;
    this.decoder = new ProxyHeaderDecoder(proxyLine);
    conversation.isHeaderDue = true;
    this.timer = setTimeout(() => this.refuse('it did not come in time'), Math.min(handshakeTimeoutMs, socketTimeout));
    session.signal.addEventListener('abort', () => this.left(), { once: true });
  }

  read(chunk: Buffer): number {
    this.outcome = this.decoder.push(chunk);
    if (this.outcome === undefined) return -1;
    return 'problem' in this.outcome ? chunk.length : chunk.length - this.outcome.rest.length;
  }

  end(): void {
    const outcome = this.outcome!;
    if ('problem' in outcome) return this.refuse(outcome.problem, this.conversation.session.options.proxyLine?.refusal);
    this.conversation.isHeaderDue = false;
    this.finish(outcome.header);
  }

  /** The connection is gone. One without a single octet is a health check, or somebody who tries ports. */
  private left(): void {
    if (this.isOver) return;
    if (!this.decoder.isEmpty) this.report('the connection ended before it was complete');
    this.finish(undefined);
  }

  private refuse(problem: string, lastWords?: string): void {
    this.finish(undefined);
    this.report(problem);
    this.conversation.hangUp(lastWords);
  }

  private report(problem: string): void {
    const { session } = this.conversation;
    reportIntruder(session, 'proxy-header');
    this.conversation.report(new SmtpProxyHeaderError(session.peerAddress, problem));
  }

  private finish(header: ProxyHeader | undefined): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.settle(header);
  }
}
