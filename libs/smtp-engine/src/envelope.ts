import { randomUUID } from 'node:crypto';
import { type ForwardPath, NOTHING, type ReversePath } from './mail-path.js';

/** What the message consists of: ASCII, octets above 127 in lines (RFC 6152), or any octets without lines (RFC 3030 §3). */
export type BodyType = '7bit' | '8bitmime' | 'binarymime';

/** DSN parameters of MAIL (RFC 3461 §4.3, §4.4); null where one was not given. */
export interface MailDsn {
  /** What a failure report shall contain: the full message or its header. */
  readonly ret: 'FULL' | 'HDRS' | null;
  /** The sender's own id of the message, decoded. */
  readonly envid: string | null;
}

/** BY of MAIL (RFC 2852). */
export interface DeliverBy {
  /** Seconds from now on; negative or 0 only with mode `N`: the time has passed on an earlier hop. */
  readonly seconds: number;
  /** Then: `R`: return the message as undeliverable; `N`: notify the sender, and go on. */
  readonly mode: 'R' | 'N';
  /** Each hop shall report that it relayed the message. */
  readonly trace: boolean;
}

/** HOLDFOR or HOLDUNTIL of MAIL (RFC 4865): seconds after acceptance, or the time, before which nothing is delivered. */
export type FutureRelease = { readonly holdFor: number } | { readonly holdUntil: Date };

/** What the parameters of MAIL come to; see the fields of Envelope. */
export interface MailParameters {
  readonly bodyType?: BodyType;
  readonly smtpUtf8?: boolean;
  readonly declaredSize?: number;
  readonly dsn?: MailDsn;
  readonly requireTLS?: boolean;
  readonly mtPriority?: number;
  readonly deliverBy?: DeliverBy;
  readonly futureRelease?: FutureRelease;
  readonly solicit?: readonly string[];
  readonly custom?: Readonly<Record<string, unknown>>;
}

const NO_DSN: MailDsn = Object.freeze({ ret: null, envid: null });

/** What a mail transaction says about its message (RFC 5321 §2.3.1). Field names and shapes as in smtp-server. */
export class Envelope {
  /** The recipients accepted so far, in their order. A repeated address replaces the earlier entry. */
  readonly rcptTo: ForwardPath[] = [];
  /** BODY of MAIL (RFC 6152, RFC 3030); `'7bit'` where it was not given. */
  readonly bodyType: BodyType;
  /** Whether MAIL carried SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** SIZE of MAIL in octets (RFC 1870), where it was given. */
  readonly declaredSize: number | undefined;
  /** RET and ENVID of MAIL (RFC 3461); both null where they were not given. */
  readonly dsn: MailDsn;
  /** Whether MAIL carried REQUIRETLS (RFC 8689): the message must never travel without TLS. */
  readonly requireTLS: boolean;
  /** MT-PRIORITY of MAIL (RFC 6710), -9 to 9, where it was given. */
  readonly mtPriority: number | undefined;
  /** BY of MAIL (RFC 2852), where it was given. */
  readonly deliverBy: DeliverBy | undefined;
  /** HOLDFOR or HOLDUNTIL of MAIL (RFC 4865), where one was given. */
  readonly futureRelease: FutureRelease | undefined;
  /** SOLICIT of MAIL (RFC 3865): the solicitation class keywords of the message; empty where it was not given. */
  readonly solicit: readonly string[];
  /** What extensions of the application made of their parameters of MAIL. */
  readonly custom: Readonly<Record<string, unknown>>;
  private ownId: string | undefined;

  constructor(
    /** The sender, as given with MAIL. */
    readonly mailFrom: ReversePath,
    parameters: MailParameters = {},
  ) {
    this.bodyType = parameters.bodyType ?? '7bit';
    this.smtpUtf8 = parameters.smtpUtf8 ?? false;
    this.declaredSize = parameters.declaredSize;
    this.dsn = parameters.dsn ?? NO_DSN;
    this.requireTLS = parameters.requireTLS ?? false;
    this.mtPriority = parameters.mtPriority;
    this.deliverBy = parameters.deliverBy;
    this.futureRelease = parameters.futureRelease;
    this.solicit = parameters.solicit ?? [];
    this.custom = parameters.custom ?? NOTHING;
  }

  /** A unique id of this transaction: handlers can be idempotent on it. */
  get id(): string {
    return (this.ownId ??= randomUUID());
  }

  /** The same envelope for some of its recipients; all else is the same, the id too. */
  forRecipients(rcptTo: readonly ForwardPath[]): Envelope {
    const part = new Envelope(this.mailFrom);
    return Object.assign(part, this, { ownId: this.id, rcptTo: [...rcptTo] });
  }
}
