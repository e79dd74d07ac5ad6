/** What a reply must not carry: a line break would split it, other controls confuse terminals and logs. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** RFC 3463 §2. */
const ENHANCED_CODE = /^[245]\.\d{1,3}\.\d{1,3}$/;
const LEADING_ENHANCED_CODE = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;
/** RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, code and CRLF included. */
const MAX_TEXT_OCTETS = 512 - '550-5.999.999 '.length - 2;
/** What nearly every line is: printable ASCII, no enhanced code in front, no blank behind. Saves the other expressions. */
const USUAL_LINE = /^(?![245]\.)[ -~]*[!-~]$/;

/**
 * One answer of the server (RFC 5321 §4.2): an immutable value.
 *
 * `code` is 200–599, `enhanced` an RFC 3463 code of the same class or undefined, `lines` the text, one entry a line.
 * Control characters are removed and over-long lines cut, so no text of an application or a client can split a reply.
 * A text that begins with an enhanced code (`5.7.1 not here`) sets `enhanced` instead of doubling it.
 *
 * @throws TypeError for a code outside 200–599, or an enhanced code that is none or of another class
 * @example new Reply(550, '5.1.1', 'No such user here')
 */
export class Reply {
  readonly code: number;
  readonly enhanced: string | undefined;
  readonly lines: readonly string[];
  /** Its characters are octets as they are. */
  private readonly isAscii: boolean;
  private wire: string | undefined;
  private plainWire: string | undefined;

  constructor(code: number, enhanced: string | undefined, ...text: readonly string[]) {
    if (!Number.isInteger(code) || code < 200 || code > 599) {
      throw new TypeError(`a reply code is a whole number from 200 to 599, not ${code}`);
    }
    this.code = code;
    const isUsual = text.length > 0 && text.every(isUsualLine);
    this.isAscii = isUsual;
    const cleaned = isUsual ? text : text.map(cleanLine);
    this.enhanced = (isUsual ? undefined : leadingCode(cleaned[0] ?? '', code)) ?? enhanced;
    if (this.enhanced !== undefined && !(ENHANCED_CODE.test(this.enhanced) && isOfClass(this.enhanced, code))) {
      throw new TypeError(`${JSON.stringify(enhanced)} is no enhanced status code for reply code ${code}`);
    }
    this.lines = isUsual ? cleaned : cleaned.map((line) => line.slice((leadingCode(line, code)?.length ?? -1) + 1));
    if (this.lines.length === 0) this.lines = [''];
  }

  /** The text of all lines, joined by a blank. */
  get text(): string {
    return this.lines.join(' ');
  }

  /** 5yz: the client should not try the same again (RFC 5321 §4.2.1). */
  get isPermanent(): boolean {
    return this.code >= 500;
  }

  /** 4yz: the client may try again later (RFC 5321 §4.2.1). */
  get isTransient(): boolean {
    return this.code >= 400 && this.code < 500;
  }

  /** What is sent, CRLF included; without enhanced codes where ENHANCEDSTATUSCODES is switched off. */
  toWire(withEnhancedCodes = true): string {
    if (!withEnhancedCodes) return (this.plainWire ??= render(this.code, undefined, this.lines));
    return (this.wire ??= render(this.code, this.enhanced, this.lines));
  }

  /** @internal The octets of that, one a character: Node sends such a text for a fraction of what UTF-8 costs. */
  toOctets(withEnhancedCodes: boolean): string {
    const wire = this.toWire(withEnhancedCodes);
    return this.isAscii ? wire : Buffer.from(wire).toString('latin1');
  }

  toString(): string {
    return this.toWire().trimEnd();
  }
}

/** The enhanced code a line begins with, where it fits the reply code. */
function leadingCode(line: string, code: number): string | undefined {
  const found = LEADING_ENHANCED_CODE.exec(line)?.[1];
  return found !== undefined && isOfClass(found, code) ? found : undefined;
}

function isOfClass(enhanced: string, code: number): boolean {
  return enhanced[0] === String(code)[0];
}

function isUsualLine(text: string): boolean {
  return text.length <= MAX_TEXT_OCTETS && USUAL_LINE.test(text);
}

function cleanLine(text: string): string {
  const clean = text.replace(CONTROL_CHARACTERS, ' ').trimEnd();
  if (clean.length * 3 <= MAX_TEXT_OCTETS) return clean; // a UTF-16 unit has three octets at most
  const octets = Buffer.from(clean);
  if (octets.length <= MAX_TEXT_OCTETS) return clean;
  let end = MAX_TEXT_OCTETS;
  while ((octets[end]! & 0xc0) === 0x80) end--; // not within a character
  return octets.toString('utf8', 0, end);
}

function render(code: number, enhanced: string | undefined, lines: readonly string[]): string {
  const prefix = enhanced === undefined ? '' : `${enhanced} `;
  const last = lines.length - 1;
  let wire = '';
  for (let at = 0; at < last; at++) wire += `${code}-${prefix}${lines[at]!}\r\n`;
  return `${wire}${code} ${prefix}${lines[last]!}\r\n`;
}

/** What may be said with an SmtpError besides its reply. */
export interface SmtpErrorOptions {
  /** Why, for the log; the client never sees it. */
  readonly cause?: unknown;
  /** Only at AUTH with XOAUTH2 or OAUTHBEARER: the JSON of the error challenge that goes before the reply; `false`: none. */
  readonly challenge?: Readonly<Record<string, unknown>> | false;
}

/**
 * A failure with its two texts: `reply` is what the client gets, `cause` what the log gets.
 *
 * @example throw new SmtpError(replies.mailboxUnavailable, { cause: error })
 */
export class SmtpError extends Error {
  readonly reply: Reply;
  readonly challenge: Readonly<Record<string, unknown>> | false | undefined;

  constructor(reply: Reply, options: SmtpErrorOptions = {}) {
    super(reply.toString(), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SmtpError';
    this.reply = reply;
    this.challenge = options.challenge;
  }
}

/** The replies that do not depend on anything, by name; each is rendered once. */
export const replies = Object.freeze({
  ok: new Reply(250, '2.0.0', 'OK'),
  goodbye: new Reply(221, '2.0.0', 'Goodbye'),
  readyForTls: new Reply(220, '2.0.0', 'Ready to start TLS'),
  challenge: new Reply(334, undefined, ''),
  startMailInput: new Reply(354, undefined, 'Start mail input; end with <CRLF>.<CRLF>'),
  help: new Reply(214, '2.0.0', 'See RFC 5321 for the commands of this server'),
  // RFC 5321 §3.5.3: 252 where the server will not say whether a mailbox exists.
  cannotVerify: new Reply(252, '2.5.0', 'Cannot VRFY user, but will accept the message and attempt delivery'),
  senderOk: new Reply(250, '2.1.0', 'Sender OK'),
  recipientOk: new Reply(250, '2.1.5', 'Recipient OK'),
  messageAccepted: new Reply(250, '2.6.0', 'Message accepted'),
  authenticated: new Reply(235, '2.7.0', 'Authentication successful'),

  serviceUnavailable: new Reply(421, '4.3.0', 'Service not available, closing connection'),
  shuttingDown: new Reply(421, '4.3.2', 'Server shutting down'),
  tooManyConnections: new Reply(421, undefined, 'Too many connections, try again later'),
  timeout: new Reply(421, '4.4.2', 'Timeout, closing connection'),
  outOfStep: new Reply(421, '4.5.4', 'Cannot tell how many octets follow, closing connection'),
  tooManyUnauthenticatedCommands: new Reply(421, '4.7.0', 'Too many commands before authentication'),
  tooManyCommandsWithoutMail: new Reply(421, '4.7.0', 'Too many commands without a message'),
  tooManyUnknownCommands: new Reply(421, '4.7.0', 'Too many unrecognized commands'),
  tooManyFailedLogins: new Reply(421, '4.7.0', 'Too many failed authentication attempts'),
  earlyTalker: new Reply(421, '4.7.0', 'You spoke before the greeting, closing connection'),
  httpRequest: new Reply(421, '4.7.0', 'This is SMTP, not HTTP, closing connection'),
  tlsOnClearPort: new Reply(421, '4.7.0', 'This port begins in clear text, say STARTTLS before a TLS handshake'),
  lineFlood: new Reply(421, '4.7.0', 'Command line far too long, closing connection'),

  localError: new Reply(451, '4.3.0', 'Local error in processing, try again later'),
  handlerDidNotRead: new Reply(451, '4.3.0', 'The message was not read to its end, try again later'),
  handlerTooSlow: new Reply(451, '4.3.0', 'No decision in time, try again later'),
  storageFull: new Reply(452, '4.3.1', 'Insufficient system storage'),
  tooManyRecipients: new Reply(452, '4.5.3', 'Too many recipients, send the rest in another transaction'),
  temporaryAuthFailure: new Reply(454, '4.7.0', 'Temporary authentication failure'),
  tlsNotAvailable: new Reply(454, '4.7.0', 'TLS not available due to temporary reason'),

  // Postfix's code for a message that could be smuggled.
  ambiguousData: new Reply(550, '5.5.2', 'A lone dot between bare line ends is not taken'),
  improperPipelining: new Reply(554, '5.5.0', 'Nothing may follow DATA before its reply, closing connection'),
  tooManyFromAddress: new Reply(421, undefined, 'Too many connections from your address, try again later'),
  lineTooLong: new Reply(500, '5.5.2', 'Line too long'),
  unrecognizedCommand: new Reply(500, '5.5.1', 'Command not recognized'),
  controlCharacters: new Reply(500, '5.5.2', 'Control characters are not allowed in a command'),
  invalidUtf8: new Reply(500, '5.5.2', 'The command is not valid UTF-8'),
  // RFC 4954 §6: 500 5.5.6 for an authentication exchange line that is too long.
  authLineTooLong: new Reply(500, '5.5.6', 'Authentication exchange line is too long'),
  malformedBase64: new Reply(501, '5.5.2', 'Cannot decode base64'),
  authCancelled: new Reply(501, '5.7.0', 'Authentication cancelled'),
  initialResponseNotAllowed: new Reply(501, '5.5.4', 'This mechanism does not take an initial response'),
  malformedSaslResponse: new Reply(501, '5.5.2', 'Malformed authentication response'),
  badSenderAddress: new Reply(501, '5.1.7', 'Syntax error in the reverse-path'),
  badRecipientAddress: new Reply(501, '5.1.3', 'Syntax error in the forward-path'),
  badSize: new Reply(501, '5.5.4', 'SIZE takes a number of octets'),
  smtpUtf8TakesNoValue: new Reply(501, '5.5.4', 'SMTPUTF8 takes no value'),
  badBody: new Reply(501, '5.5.4', 'BODY is 7BIT or 8BITMIME'),
  badRet: new Reply(501, '5.5.4', 'RET is FULL or HDRS'),
  badEnvid: new Reply(501, '5.5.4', 'ENVID is up to 100 printable characters as xtext'),
  badNotify: new Reply(501, '5.5.4', 'NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY'),
  badOrcpt: new Reply(501, '5.5.4', 'ORCPT is an address type, a semicolon and an address as xtext'),
  requireTlsTakesNoValue: new Reply(501, '5.5.4', 'REQUIRETLS takes no value'),
  requireTlsNeedsTls: new Reply(530, '5.7.10', 'REQUIRETLS needs TLS, issue STARTTLS first'),
  startTlsTakesNoArgument: new Reply(501, '5.5.4', 'Syntax: STARTTLS'),
  badAuthSyntax: new Reply(501, '5.5.4', 'Syntax: AUTH mechanism [initial-response]'),
  badAuthParameter: new Reply(501, '5.5.4', 'AUTH takes an address or <> as xtext'),
  badXClientSyntax: new Reply(501, '5.5.4', 'Syntax: XCLIENT attribute=value [...]'),
  xclientLoginRefused: new Reply(550, '5.7.0', 'XCLIENT LOGIN refused'),
  badXForwardSyntax: new Reply(501, '5.5.4', 'Syntax: XFORWARD attribute=value [...]'),
  vrfyNeedsArgument: new Reply(501, '5.5.4', 'Syntax: VRFY address'),
  malformedParameter: new Reply(501, '5.5.4', 'Syntax error in a parameter'),
  duplicateParameter: new Reply(501, '5.5.4', 'A parameter is given twice'),
  notImplemented: new Reply(502, '5.5.1', 'Command not implemented'),
  badSequence: new Reply(503, '5.5.1', 'Bad sequence of commands'),
  helloFirst: new Reply(503, '5.5.1', 'Send EHLO or HELO first'),
  lhloFirst: new Reply(503, '5.5.1', 'Send LHLO first'),
  nestedMail: new Reply(503, '5.5.1', 'A mail transaction is in progress already'),
  // Postfix XCLIENT_README, XFORWARD_README: 503 during a mail transaction.
  transactionInProgress: new Reply(503, '5.5.1', 'Mail transaction in progress'),
  needMail: new Reply(503, '5.5.1', 'Send MAIL first'),
  dataTakesNoArgument: new Reply(501, '5.5.4', 'Syntax: DATA'),
  badChunkArgument: new Reply(501, '5.5.4', 'Syntax: BDAT chunk-size [LAST]'),
  binaryNeedsBdat: new Reply(503, '5.5.1', 'BODY=BINARYMIME needs BDAT'),
  chunkExpected: new Reply(503, '5.5.1', 'Another chunk was due; the message is dropped'),
  needRecipient: new Reply(503, '5.5.1', 'Send RCPT first'),
  tlsActive: new Reply(503, '5.5.1', 'TLS is active already'),
  alreadyAuthenticated: new Reply(503, '5.5.1', 'Already authenticated'),
  // RFC 4954 §4: AUTH during a mail transaction is 503.
  authInTransaction: new Reply(503, '5.5.1', 'AUTH is not permitted during a mail transaction'),
  unknownMechanism: new Reply(504, '5.5.4', 'Unrecognized authentication type'),
  authenticationRequired: new Reply(530, '5.7.0', 'Authentication required'),
  authenticationFailed: new Reply(535, '5.7.8', 'Authentication credentials invalid'),
  // RFC 4954 §6 names 538 5.7.11 for a mechanism that needs encryption.
  encryptionRequired: new Reply(538, '5.7.11', 'Encryption required, issue STARTTLS first'),
  refused: new Reply(550, '5.7.1', 'Refused'),
  mailboxUnavailable: new Reply(550, '5.1.1', 'Mailbox unavailable'),
  xforwardRefused: new Reply(550, '5.7.0', 'XFORWARD is not allowed here'),
  xclientRefused: new Reply(550, '5.7.0', 'XCLIENT is not allowed here'),
  messageTooLarge: new Reply(552, '5.3.4', 'Message exceeds the maximum message size'),
  smtpUtf8Required: new Reply(553, '5.6.7', 'A non-ASCII address needs the SMTPUTF8 parameter'),
  connectionRefused: new Reply(554, undefined, 'No SMTP service here'),
  transactionFailed: new Reply(554, '5.7.1', 'Message refused'),
  noMessageService: new Reply(554, '5.3.2', 'This server does not take messages'),
  unknownParameter: new Reply(555, '5.5.4', 'Parameter not recognized or not implemented'),
});
