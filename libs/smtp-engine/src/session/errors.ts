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
    super('the client closed the connection before the end of the message');
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
