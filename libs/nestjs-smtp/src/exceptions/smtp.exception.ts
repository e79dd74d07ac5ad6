import { RpcException } from '@nestjs/microservices';
import { Reply, SmtpError } from 'smtp-engine';

/** What may be said with an SmtpException besides code and text. */
export interface SmtpExceptionOptions {
  /** The enhanced status code (RFC 3463). Default: by the reply code, such as 5.7.8 for 535. */
  readonly enhanced?: string;
  /** Why, for the log; the client never sees it. */
  readonly cause?: unknown;
}

/** RFC 2034 §4 wants an enhanced code in every reply; these are the ones that RFC 4954, 5248 and 3463 pair with a code. */
const ENHANCED_BY_CODE: Readonly<Record<number, string>> = {
  421: '4.3.2',
  450: '4.2.0',
  451: '4.3.0',
  452: '4.3.1',
  454: '4.7.0',
  500: '5.5.1',
  501: '5.5.4',
  502: '5.5.1',
  503: '5.5.1',
  504: '5.5.4',
  530: '5.7.0',
  534: '5.7.9',
  535: '5.7.8',
  538: '5.7.11',
  550: '5.7.1',
  552: '5.3.4',
  553: '5.1.3',
  554: '5.7.1',
  555: '5.5.4',
};

/**
 * A refusal with the reply it is to have: throw it from a handler, guard, pipe or interceptor.
 * 421 closes the connection after the reply (RFC 5321 §3.8).
 *
 * @throws TypeError for a code that refuses nothing (below 400 or above 599), or an enhanced code of another class
 * @example throw new SmtpException(550, 'Mailbox has moved', { enhanced: '5.1.6', cause: error })
 */
export class SmtpException extends RpcException {
  override readonly name: string = 'SmtpException';
  /** What the client gets. */
  readonly reply: Reply;

  constructor(code: number, text: string, options: SmtpExceptionOptions = {}) {
    if (code < 400) throw new TypeError(`an SmtpException refuses, so its code is from 400 to 599, not ${code}`);
    const reply = new Reply(code, options.enhanced ?? ENHANCED_BY_CODE[code] ?? `${String(code)[0]}.0.0`, text);
    super(new SmtpError(reply, { cause: options.cause }));
    this.reply = reply;
    if (options.cause !== undefined) this.cause = options.cause;
  }

  /** The engine's error with reply and cause. */
  override getError(): SmtpError {
    return super.getError() as SmtpError;
  }
}
