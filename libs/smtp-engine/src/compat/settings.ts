import { hostname } from 'node:os';
import type { ListenerOptions, SmtpServerOptions } from '../options.js';
import type { Extension } from '../extensions/extension.js';
import { ANY_PHASE, type Command } from '../commands/command.js';
import { materialOf } from '../tls-contexts.js';
import { proxyLine } from './proxy-line.js';
import type { SMTPServerOptions } from './types.js';

/** A handler may take as long as it likes, as with smtp-server: a day, so that nothing is held for ever. */
const HANDLER_TIMEOUT_MS = 24 * 3_600_000;
/** The engine's limit of limits. */
const MAX_LINE_LENGTH = 64 * 1024;
const HANDLERS = ['connect', 'secure', 'hello', 'command', 'auth', 'secret', 'mail', 'rcpt', 'data'] as const;

/** Options as this server uses them: read once, the application's object is left alone. */
export interface Settings {
  readonly name: string;
  readonly lmtp: boolean;
  readonly size: number;
  readonly authMethods: readonly string[];
  readonly disabledCommands: ReadonlySet<string>;
  /** `false`: no limit. */
  readonly maxUnauthenticated: number | false;
  readonly hasCertificate: boolean;
  /** What the 220 says. */
  readonly greeting: string;
  /** Connections begin with a handshake that is ours. */
  readonly implicitTls: boolean;
}

export function readSettings(options: SMTPServerOptions): Settings {
  const methods = words(options.authMethods);
  const limit = options.maxAllowedUnauthenticatedCommands;
  const { key, cert, pfx, sniOptions, SNICallback, banner } = options;
  const name = options.name || hostname();
  return {
    name,
    greeting: `${name} ${options.lmtp ? 'LMTP' : 'ESMTP'}${banner ? ` ${banner}` : ''}`,
    lmtp: Boolean(options.lmtp),
    size: Number(options.size) || 0,
    authMethods: methods.length > 0 ? methods : ['LOGIN', 'PLAIN'],
    disabledCommands: new Set(words(options.disabledCommands)),
    maxUnauthenticated: limit === undefined ? 10 : limit === false || limit === Infinity ? false : Number(limit) || 10,
    hasCertificate: [key, cert, pfx, sniOptions, SNICallback].some(Boolean),
    implicitTls: Boolean(options.secure) && !options.secured,
  };
}

/** smtp-server takes a single word for a list too. */
function words(value: string | readonly string[] | undefined): string[] {
  return [value ?? []].flat().map((word) => String(word).toUpperCase().trim());
}

/** What the engine is told: where it is stricter than smtp-server by choice, it is told not to be. */
export function toEngineOptions(options: SMTPServerOptions, settings: Settings): SmtpServerOptions & ListenerOptions {
  const { lmtp, name, size, authMethods } = settings;
  const hideCHUNKING = options.hideCHUNKING ?? true;
  // The line end does not count there.
  const maxCommandLength = Math.min(MAX_LINE_LENGTH, (options.maxCommandLength || 16 * 1024) + 2);
  const given = {
    name,
    lmtp,
    size,
    authMethods,
    banner: options.banner,
    secure: options.secure,
    secured: options.secured,
    hideSize: options.hideSize,
    allowInsecureAuth: options.allowInsecureAuth,
    hideSTARTTLS: options.hideSTARTTLS,
    hideDSN: options.hideDSN ?? true,
    hidePIPELINING: lmtp ? undefined : options.hidePIPELINING,
    hide8BITMIME: options.hide8BITMIME,
    hideSMTPUTF8: options.hideSMTPUTF8,
    useProxy: options.useProxy,
    useXClient: options.useXClient,
    useXForward: options.useXForward,
    socketTimeout: options.socketTimeout || undefined,
    handshakeTimeoutMs: options.socketTimeout || undefined,
    requestCert: options.requestCert,
    rejectUnauthorized: options.requestCert ? Boolean(options.rejectUnauthorized ?? false) : undefined,
    extensions: options.extensions,
    maxFailedLogins: options.maxFailedLogins,
    disableReverseLookup: options.disableReverseLookup ?? false,
    resolver: options.disableReverseLookup ? undefined : options.resolver,
    maxClients: Number.isSafeInteger(options.maxClients) ? options.maxClients || undefined : undefined,
    ...materialOf(options),
  };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as SmtpServerOptions),
    // Codes, the line of REQUIRETLS, login and the counting of commands are judged here, by options and session.
    hideENHANCEDSTATUSCODES: false,
    hideREQUIRETLS: false,
    authOptional: true,
    recipients: 'any',
    maxAllowedUnauthenticatedCommands: false,
    maxCommandsWithoutMail: false,
    maxUnknownCommands: 9,
    maxCommandLength,
    maxAuthLineLength: maxCommandLength,
    longLines: 'cut',
    earlyTalkers: 'lines',
    proxyLine,
    maxRecipients: Number.MAX_SAFE_INTEGER,
    hideCHUNKING,
    hideLIMITS: true,
    ...(hideCHUNKING && { disabledCommands: ['BDAT'] }),
    customExtensions: [oldSendmail],
    greetingDelayMs: 100,
    unknownParameters: 'keep',
    commandSyntax: 'lax',
    oversizedMessages: 'pass',
    transparency: options.keepSingleDot ? 'double' : 'after-lf',
    allowEmptyPasswords: true,
    bareNewline: 'pass',
    unauthorizedPipelining: 'pass',
    minDataRate: 0,
    handlerTimeouts: Object.fromEntries(HANDLERS.map((hook) => [hook, HANDLER_TIMEOUT_MS])),
    closeTimeout: 0,
  };
}

const nothing = (verb: string): Command => ({ verb, syntax: verb, phases: ANY_PHASE, run: () => undefined });

/** Verbs of an old sendmail that smtp-server answers with jokes; the answers are in command-rules.ts. */
const oldSendmail: Extension = {
  keyword: 'WIZ',
  offer: () => false,
  commands: ['WIZ', 'SHELL', 'KILL'].map(nothing),
};
