import { type Reply, replies } from '../reply.js';

/** What smtp-server says instead: code, text, and the enhanced code where it is not that of the code. */
export type Text = readonly [code: number, text: string, enhanced?: string];

const NOT_RECOGNIZED: Text = [500, 'Error: command not recognized'];
const INVALID_USERDATA: Text = [501, 'Error: invalid userdata'];

/** The engine's replies in smtp-server's words; what depends on the occasion is in rephrase.ts. */
export const REPLY_TEXTS: ReadonlyMap<Reply, Text> = new Map<Reply, Text>([
  [replies.goodbye, [221, 'Bye']],
  [replies.startMailInput, [354, 'End data with <CR><LF>.<CR><LF>']],
  [replies.help, [214, 'See https://tools.ietf.org/html/rfc5321 for details']],
  [replies.cannotVerify, [252, 'Try to send something. No promises though']],
  [replies.vrfyNeedsArgument, [501, 'Error: Syntax: VRFY address']],
  [replies.senderOk, [250, 'Accepted', '2.1.0']],
  [replies.recipientOk, [250, 'Accepted', '2.1.5']],
  [replies.messageAccepted, [250, 'OK: message queued', '2.6.0']],

  [replies.shuttingDown, [421, 'Server shutting down']],
  [replies.timeout, [421, 'Timeout - closing connection']],
  [replies.httpRequest, [421, 'HTTP requests not allowed']],
  [replies.lineFlood, [421, 'Error: Command line too long']],
  [replies.lineTooLong, [421, 'Error: Command line too long']],
  [replies.authLineTooLong, [421, 'Error: Command line too long']],
  [replies.tooManyUnknownCommands, [421, 'Error: too many unrecognized commands']],
  [replies.tooManyUnauthenticatedCommands, [421, 'Error: too many unauthenticated commands']],
  [replies.localError, [451, 'Error: internal server error']],
  [replies.temporaryAuthFailure, [451, 'Error: internal server error']],
  [replies.handlerTooSlow, [451, 'Error: internal server error']],
  [replies.tooManyRecipients, [452, 'Error: too many recipients', '4.5.3']],

  [replies.unrecognizedCommand, NOT_RECOGNIZED],
  [replies.controlCharacters, NOT_RECOGNIZED],
  [replies.invalidUtf8, NOT_RECOGNIZED],
  [replies.badSequence, [503, 'Error: bad sequence of commands']],
  [replies.helloFirst, [503, 'Error: send HELO/EHLO first']],
  [replies.lhloFirst, [503, 'Error: send LHLO first']],
  [replies.nestedMail, [503, 'Error: nested MAIL command']],
  [replies.needMail, [503, 'Error: need MAIL command']],
  [replies.needRecipient, [503, 'Error: need RCPT command']],
  [replies.transactionInProgress, [503, 'Error: Mail transaction in progress']],

  [replies.readyForTls, [220, 'Ready to start TLS']],
  [replies.startTlsTakesNoArgument, [501, 'Error: syntax: STARTTLS']],
  [replies.tlsActive, [503, 'Error: TLS already active']],

  [replies.authenticated, [235, 'Authentication successful', '2.7.0']],
  [replies.authCancelled, [501, 'Authentication aborted']],
  [replies.malformedBase64, INVALID_USERDATA],
  [replies.malformedSaslResponse, INVALID_USERDATA],
  [replies.alreadyAuthenticated, [503, 'Error: No identity changes permitted']],
  [replies.authInTransaction, [503, 'Error: AUTH is not permitted during a mail transaction']],
  [replies.unknownMechanism, [504, 'Error: Unrecognized authentication type']],
  [replies.encryptionRequired, [538, 'Error: Must issue a STARTTLS command first']],
  [replies.authenticationFailed, [535, 'Error: Authentication credentials invalid']],
  [replies.tooManyFailedLogins, [421, 'Error: too many failed authentication attempts']],

  [replies.badSenderAddress, [501, 'Error: Bad sender address syntax', '5.1.7']],
  [replies.badRecipientAddress, [501, 'Error: Bad recipient address syntax', '5.1.3']],
  [replies.badSize, [501, 'Error: Bad message size syntax']],
  [replies.badBody, [501, 'Invalid BODY parameter value. Must be 7BIT or 8BITMIME']],
  [replies.smtpUtf8TakesNoValue, [501, 'Invalid SMTPUTF8 parameter. This flag does not accept a value']],
  [replies.requireTlsTakesNoValue, [501, 'Invalid REQUIRETLS parameter. This flag does not accept a value']],
  [replies.requireTlsNeedsTls, [530, 'REQUIRETLS not permitted on non-TLS connections']],
  [replies.badRet, [501, 'Invalid RET parameter value. Must be FULL or HDRS']],
  [replies.badOrcpt, [501, 'Error: Bad ORCPT parameter syntax']],

  [replies.xclientRefused, [550, 'Error: Not allowed', '5.7.0']],
  [replies.xforwardRefused, [550, 'Error: Not allowed', '5.7.0']],
  [replies.badXClientSyntax, [501, 'Error: Bad command parameter syntax']],
  [replies.badXForwardSyntax, [501, 'Error: Bad command parameter syntax']],
]);
