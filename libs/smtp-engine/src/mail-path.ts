import type { NotifyValue } from './protocol/dsn.js';

/** ESMTP parameters of MAIL or RCPT: keyword in capitals → value, or `true` for a keyword without one; `false`: none given. */
export type PathArguments = Readonly<Record<string, string | true>> | false;

/** DSN parameters of RCPT (RFC 3461 §4.1, §4.2). */
export interface RcptDsn {
  readonly notify?: readonly NotifyValue[];
  /** The recipient the message was first sent to, as `addr-type;address`, decoded. */
  readonly orcpt?: string;
}

/** RRVS of RCPT (RFC 7293): the recipient must have owned the mailbox without a break since then. */
export interface ValidSince {
  readonly since: Date;
  /** What a server that relays to one without RRVS does: reject, or continue without it. */
  readonly action: 'reject' | 'continue';
}

/** What the parameters of RCPT come to; see the fields of ForwardPath. */
export interface RcptParameters {
  readonly dsn?: RcptDsn;
  readonly rrvs?: ValidSince;
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** What custom parameters come to where there were none. */
export const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

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
export class ForwardPath extends MailPath {
  /** NOTIFY and ORCPT of RCPT (RFC 3461), where one of them was given. */
  readonly dsn: RcptDsn | undefined;
  /** RRVS of RCPT (RFC 7293), where it was given. */
  readonly rrvs: ValidSince | undefined;
  /** What extensions of the application made of their parameters of RCPT. */
  readonly custom: Readonly<Record<string, unknown>>;

  constructor(
    address: string,
    localPart: string,
    domain: string,
    args: PathArguments = false,
    parameters: RcptParameters = {},
  ) {
    super(address, localPart, domain, args);
    this.dsn = parameters.dsn;
    this.rrvs = parameters.rrvs;
    this.custom = parameters.custom ?? NOTHING;
  }
}
