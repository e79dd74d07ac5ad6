import type { Extension } from './extensions/extension.js';

/**
 * ESMTP extensions that promise something the application has to keep: each is off until it is named here. What of them
 * the engine checks, and what is left to the application, is in docs/guide/extensions.md.
 */
export interface ExtensionOptions {
  /** BINARYMIME (RFC 3030 §3): messages with any octets, which come with BDAT only; relays must not break them. */
  readonly binaryMime?: boolean;
  /** DELIVERBY (RFC 2852). `minSeconds`: less is refused for mode R, and said so in EHLO. Default: none. */
  readonly deliverBy?: boolean | { readonly minSeconds?: number };
  /**
   * FUTURERELEASE (RFC 4865), for submission. `maxIntervalSeconds`: longest HOLDFOR. `maxDateTime`: latest HOLDUNTIL;
   * default: that interval from now.
   */
  readonly futureRelease?: { readonly maxIntervalSeconds: number; readonly maxDateTime?: Date };
  /** MT-PRIORITY (RFC 6710). `profile`: name of the priority assignment policy, such as `MIXER`. Default: none. */
  readonly mtPriority?: boolean | { readonly profile?: string };
  /** NO-SOLICITING (RFC 3865). `keywords`: mail of these solicitation classes is refused. Default: none. */
  readonly noSoliciting?: boolean | { readonly keywords?: readonly string[] };
  /** RRVS (RFC 7293): who owned a mailbox since when. */
  readonly rrvs?: boolean;
}

/** Options that say which protocol is spoken: part of SessionOptions. */
export interface DialectOptions {
  /** LMTP (RFC 2033) instead of SMTP: LHLO, and a reply for each recipient. Default: false. */
  readonly lmtp?: boolean;
  /** Only the EHLO line: BDAT is taken all the same. Default: false. */
  readonly hideCHUNKING?: boolean;
  /** Only the EHLO line. Default: false. */
  readonly hideLIMITS?: boolean;
  /** No DSN (RFC 3461): its parameters are 555. Default: true, since who offers it has to send reports. */
  readonly hideDSN?: boolean;
  /** No REQUIRETLS (RFC 8689): its parameter is 555. Default: true, since who offers it has to relay with TLS only. */
  readonly hideREQUIRETLS?: boolean;
  /** Extensions that oblige the application. Default: none of them. */
  readonly extensions?: ExtensionOptions;
  /** Verbs and extensions of the application's own, added to the engine's. Default: none. */
  readonly customExtensions?: readonly Extension[];
}

/** DialectOptions, complete. */
export interface ResolvedDialectOptions {
  readonly lmtp: boolean;
  readonly hideCHUNKING: boolean;
  readonly hideLIMITS: boolean;
  readonly hideDSN: boolean;
  readonly hideREQUIRETLS: boolean;
  readonly extensions: {
    readonly binaryMime: boolean;
    readonly deliverBy: { readonly minSeconds?: number } | undefined;
    readonly futureRelease: { readonly maxIntervalSeconds: number; readonly maxDateTime?: Date } | undefined;
    readonly mtPriority: { readonly profile?: string } | undefined;
    readonly noSoliciting: { readonly keywords?: readonly string[] } | undefined;
    readonly rrvs: boolean;
  };
}

export function resolveDialectOptions(input: DialectOptions): ResolvedDialectOptions {
  const { extensions = {} } = input;
  return {
    lmtp: input.lmtp ?? false,
    hideCHUNKING: input.hideCHUNKING ?? false,
    hideLIMITS: input.hideLIMITS ?? false,
    hideDSN: input.hideDSN ?? true,
    hideREQUIRETLS: input.hideREQUIRETLS ?? true,
    extensions: Object.freeze({
      binaryMime: extensions.binaryMime ?? false,
      deliverBy: settings(extensions.deliverBy),
      futureRelease: extensions.futureRelease,
      mtPriority: settings(extensions.mtPriority),
      noSoliciting: settings(extensions.noSoliciting),
      rrvs: extensions.rrvs ?? false,
    }),
  };
}

/** `true` is an extension without settings. */
function settings<T extends object>(value: boolean | T | undefined): T | Record<string, never> | undefined {
  return value === true ? {} : value === false ? undefined : value;
}
