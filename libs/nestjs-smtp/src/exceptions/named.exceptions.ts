import { SmtpException, type SmtpExceptionOptions } from './smtp.exception.js';

/** An SmtpException that knows its code; the text has a default, and may be one's own. */
type NamedException = new (text?: string, options?: SmtpExceptionOptions) => SmtpException;

function named(name: string, code: number, enhanced: string, defaultText: string): NamedException {
  return class extends SmtpException {
    override readonly name = name;

    constructor(text = defaultText, options: SmtpExceptionOptions = {}) {
      super(code, text, { enhanced, ...options });
    }
  };
}

// The client may try the same again later (RFC 5321 §4.2.1).

/** 421 4.3.0, and the connection closes. */
export class SmtpServiceUnavailable extends named(
  'SmtpServiceUnavailable',
  421,
  '4.3.0',
  'Service not available, closing connection',
) {}
/** 450 4.2.0: busy, locked, under repair. */
export class SmtpMailboxBusy extends named('SmtpMailboxBusy', 450, '4.2.0', 'Mailbox busy, try again later') {}
/** 451 4.7.1: greylisting (RFC 6647), a quota that fills up again. */
export class SmtpTryAgainLater extends named('SmtpTryAgainLater', 451, '4.7.1', 'Try again later') {}
/** 452 4.2.2: the mailbox is full for now. */
export class SmtpMailboxFull extends named('SmtpMailboxFull', 452, '4.2.2', 'Mailbox full') {}
/** 452 4.3.1: our disk is full. */
export class SmtpStorageFull extends named('SmtpStorageFull', 452, '4.3.1', 'Insufficient system storage') {}
/** 454 4.7.0, at AUTH: nobody can tell at the moment (RFC 4954 §6). */
export class SmtpAuthUnavailable extends named(
  'SmtpAuthUnavailable',
  454,
  '4.7.0',
  'Temporary authentication failure',
) {}

// The client should not try the same again.

/** 530 5.7.0: log in first (RFC 4954 §6). */
export class SmtpAuthRequired extends named('SmtpAuthRequired', 530, '5.7.0', 'Authentication required') {}
/** 535 5.7.8: wrong credentials (RFC 4954 §6). */
export class SmtpAuthInvalid extends named('SmtpAuthInvalid', 535, '5.7.8', 'Authentication credentials invalid') {}
/** 550 5.1.1: there is no such mailbox. */
export class SmtpMailboxUnavailable extends named('SmtpMailboxUnavailable', 550, '5.1.1', 'Mailbox unavailable') {}
/** 550 5.7.1: the client has no right to do that. */
export class SmtpNotPermitted extends named('SmtpNotPermitted', 550, '5.7.1', 'Not permitted') {}
/** 551 5.1.6: the mailbox has moved; the text may say where to (RFC 5321 §3.4). */
export class SmtpMailboxMoved extends named('SmtpMailboxMoved', 551, '5.1.6', 'Mailbox has moved') {}
/** 552 5.3.4: the message is larger than the server takes (RFC 1870 §6.3). */
export class SmtpMessageTooLarge extends named(
  'SmtpMessageTooLarge',
  552,
  '5.3.4',
  'Message exceeds the maximum message size',
) {}
/** 554 5.6.0: what is in the message is malformed or unwanted. */
export class SmtpContentRefused extends named('SmtpContentRefused', 554, '5.6.0', 'Message content refused') {}
