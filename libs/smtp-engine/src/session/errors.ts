import { replies, SmtpError } from '../reply.js';

/** The message grew beyond `size`: its stream fails with this, and the client gets 552 5.3.4. */
export class SmtpSizeExceeded extends SmtpError {
  constructor(readonly maxMessageBytes: number) {
    super(replies.messageTooLarge);
    this.name = 'SmtpSizeExceeded';
    this.message = `the message is larger than ${maxMessageBytes} octets`;
  }
}

/** The client went away in the middle of a message: its stream fails with this. Nobody is left to get a reply. */
export class SmtpClientGone extends Error {
  override readonly name = 'SmtpClientGone';
  readonly code = 'ECONNECTION';

  constructor() {
    super('Connection closed before the message was received in full'); // as smtp-server calls it
  }
}

/** A TLS handshake came to no end: the client went away, spoke something else, or wants what this server has not. */
export class SmtpHandshakeFailed extends Error {
  override readonly name = 'SmtpHandshakeFailed';

  /** @param cause what OpenSSL or the socket said */
  constructor(override readonly cause: Error) {
    super(`the TLS handshake failed: ${cause.message.trim()}`); // OpenSSL ends it with a line break
  }
}

/** The client dropped its message between two chunks, as by RSET: its stream fails with this. Nobody is at fault. */
export class SmtpTransactionAborted extends Error {
  override readonly name = 'SmtpTransactionAborted';

  constructor() {
    super('the client dropped the transaction before the end of the message');
  }
}

/** The handler did not read the message in time, or left it before its end. */
export class SmtpMessageAbandoned extends Error {
  override readonly name = 'SmtpMessageAbandoned';
}

/** A hook of the application did not answer in time: the client gets 451 (454 at AUTH, 421 before the greeting). */
export class SmtpHandlerTimeout extends Error {
  override readonly name = 'SmtpHandlerTimeout';

  constructor(
    readonly hook: string,
    readonly timeoutMs: number,
  ) {
    super(`the ${hook} handler did not answer within ${timeoutMs} ms`);
  }
}

/** A line of a lone dot stood between line ends that are not CRLF: another server may take it for the end of the message. */
export class SmtpAmbiguousData extends SmtpError {
  constructor() {
    super(replies.ambiguousData);
    this.name = 'SmtpAmbiguousData';
    this.message = 'the message has a lone dot between bare line ends';
  }
}
