import { randomUUID } from 'node:crypto';

/** ESMTP parameters of MAIL or RCPT: keyword in capitals → value, or `true` for a keyword without one; `false`: none given. */
export type PathArguments = Readonly<Record<string, string | true>> | false;

/** A path of the envelope (RFC 5321 §4.1.2): an address and the ESMTP parameters that came with it. */
export abstract class MailPath {
  constructor(
    /** `local-part@domain` as the client sent it; `''` for the null reverse-path `<>`, `postmaster` for `<postmaster>`. */
    readonly address: string,
    /** The local-part, quotes and backslashes of a quoted string removed. */
    readonly localPart: string,
    /** The domain or address literal, as sent; `''` where the address has none. */
    readonly domain: string,
    /** The parameters, as smtp-server gives them. */
    readonly args: PathArguments = false,
  ) {}

  toString(): string {
    return this.address;
  }
}

/** The argument of MAIL (RFC 5321 §3.3): where failures are reported to. */
export class ReversePath extends MailPath {
  /** `<>`, as bounces have it (RFC 5321 §4.5.5). */
  get isNull(): boolean {
    return this.address === '';
  }
}

/** The argument of RCPT (RFC 5321 §3.3): where the message goes. */
export class ForwardPath extends MailPath {}

/** What a mail transaction says about its message (RFC 5321 §2.3.1). Field names and shapes as in smtp-server. */
export class Envelope {
  /** The recipients accepted so far, in their order. A repeated address replaces the earlier entry. */
  readonly rcptTo: ForwardPath[] = [];
  private ownId: string | undefined;

  constructor(
    /** The sender, as given with MAIL. */
    readonly mailFrom: ReversePath,
    /** BODY of MAIL (RFC 6152); `'7bit'` where it was not given. */
    readonly bodyType: '7bit' | '8bitmime' = '7bit',
    /** Whether MAIL carried SMTPUTF8 (RFC 6531). */
    readonly smtpUtf8: boolean = false,
    /** SIZE of MAIL in octets (RFC 1870), where it was given. */
    readonly declaredSize: number | undefined = undefined,
  ) {}

  /** A unique id of this transaction: handlers can be idempotent on it. */
  get id(): string {
    return (this.ownId ??= randomUUID());
  }
}
