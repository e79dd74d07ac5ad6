import dns from 'node:dns';
import { hostname } from 'node:os';
import { AddressList } from './address-list.js';
import type { Backend } from './backend.js';
import { type Dialect, makeDialect } from './dialect.js';
import { type ResolvedDialectOptions, resolveDialectOptions } from './extension-options.js';
import { type ResolvedInputOptions, resolveInputOptions } from './input-options.js';
import { type ResolvedMannerOptions, resolveMannerOptions } from './manner-options.js';
import { checkOptions } from './option-checks.js';
import type {
  ListenerOptions,
  ReverseResolver,
  SmtpServerOptions,
  BareNewline,
  UnauthorizedPipelining,
} from './options.js';
import { Reply, replies } from './reply.js';
import { HANDLER_TIMEOUTS_MS, type TimedHook } from './session/hook.js';
import { DEFAULT_ITERATIONS } from './sasl/scram-keys.js';

/** Options that have a say in the reply to each recipient. */
const RECIPIENT_OPTIONS = ['lmtp', 'readPath', 'rephrase'] as const;

/** What the rest of the engine works with: complete, checked, frozen. */
export interface ResolvedOptions extends ResolvedDialectOptions, ResolvedInputOptions, ResolvedMannerOptions {
  readonly id: string;
  readonly dialect: Dialect;
  readonly name: string;
  /** RFC 5321 §3.1: what a client hears first. */
  readonly greeting: Reply;
  readonly secure: boolean;
  readonly secured: boolean;
  readonly size: number;
  readonly authMethods: readonly string[];
  /** Whether AUTH can succeed here at all. */
  readonly authEnabled: boolean;
  readonly loginRequired: boolean;
  /** 530, with `authRequiredMessage` where it was given. */
  readonly authRequiredReply: Reply;
  readonly allowInsecureAuth: boolean;
  readonly maxAllowedUnauthenticatedCommands: number | false;
  readonly maxFailedLogins: number | false;
  readonly authFailureDelayMs: number | false;
  readonly maxAuthFailureDelayMs: number;
  readonly maxCommandsWithoutMail: number | false;
  readonly maxUnknownCommands: number;
  readonly maxCommandLength: number;
  readonly maxAuthLineLength: number;
  readonly maxRecipients: number;
  /** Each recipient gets a reply of its own making, or is read in a way of its own. */
  readonly takesRecipientsOneByOne: boolean;
  readonly disabledCommands: ReadonlySet<string>;
  /** A certificate is there: TLS is possible. */
  readonly tlsConfigured: boolean;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly hideSTARTTLS: boolean;
  readonly hidePIPELINING: boolean;
  readonly hide8BITMIME: boolean;
  readonly hideSMTPUTF8: boolean;
  readonly hideENHANCEDSTATUSCODES: boolean;
  readonly hideSize: boolean;
  readonly proxyPeers: AddressList | undefined;
  readonly xclientPeers: AddressList | undefined;
  readonly xforwardPeers: AddressList | undefined;
  /** Undefined where no names are looked up. */
  readonly resolver: ReverseResolver | undefined;
  readonly greetingDelayMs: number;
  readonly socketTimeout: number;
  readonly handshakeTimeoutMs: number;
  readonly dataInitiationTimeoutMs: number;
  readonly handlerTimeouts: Readonly<Record<TimedHook, number>>;
  readonly minDataRate: number;
  readonly bareNewline: BareNewline;
  readonly unauthorizedPipelining: UnauthorizedPipelining;
  readonly maxClientsPerAddress: number;
  readonly clientPrefix: { readonly ipv4: number; readonly ipv6: number };
  readonly scramIterations: number;
  /** Undefined: random. */
  readonly scramDecoyKey: string | undefined;
  readonly maxClients: number;
  readonly closeTimeout: number;
}

/** Options that cannot work or are unsafe: all problems of a listener together, each with what to write instead. */
export class SmtpOptionsError extends TypeError {
  override readonly name = 'SmtpOptionsError';

  constructor(readonly problems: readonly string[]) {
    super(`the SMTP options cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Completes and checks the options of one listener.
 *
 * @param found what is wrong with them already
 * @throws SmtpOptionsError with every problem found
 */
export function resolveOptions(
  input: SmtpServerOptions & ListenerOptions,
  backend: Backend,
  id: string,
  found: readonly string[] = [],
): ResolvedOptions {
  const problems: string[] = [...found];
  const name = input.name ?? hostname();
  const disabledCommands = new Set((input.disabledCommands ?? []).map((verb) => verb.trim().toUpperCase()));
  const authMethods = (input.authMethods ?? ['LOGIN', 'PLAIN']).map((method) => method.trim().toUpperCase());
  const authEnabled = backend.auth !== undefined && !disabledCommands.has('AUTH') && authMethods.length > 0;
  const resolved: ResolvedOptions = Object.freeze({
    ...resolveDialectOptions(input),
    ...resolveInputOptions(input),
    ...resolveMannerOptions(input),
    id,
    dialect: makeDialect(input.lmtp ?? false, disabledCommands, input.customExtensions ?? [], problems),
    name,
    greeting: new Reply(220, undefined, `${name} ${input.lmtp ? 'LMTP' : 'ESMTP'} ${input.banner ?? ''}`),
    secure: input.secure ?? false,
    secured: input.secured ?? false,
    size: input.size ?? 0,
    authMethods,
    authEnabled,
    loginRequired: !disabledCommands.has('AUTH') && !(input.authOptional ?? false),
    authRequiredReply:
      input.authRequiredMessage === undefined
        ? replies.authenticationRequired
        : new Reply(530, '5.7.0', input.authRequiredMessage),
    allowInsecureAuth: input.allowInsecureAuth ?? false,
    maxAllowedUnauthenticatedCommands: input.maxAllowedUnauthenticatedCommands ?? 10,
    maxFailedLogins: input.maxFailedLogins ?? 10,
    authFailureDelayMs: input.authFailureDelayMs ?? 250,
    maxAuthFailureDelayMs: input.maxAuthFailureDelayMs ?? 4000,
    maxCommandsWithoutMail: input.maxCommandsWithoutMail ?? 50,
    maxUnknownCommands: input.maxUnknownCommands ?? 50,
    maxCommandLength: input.maxCommandLength ?? 4096,
    maxAuthLineLength: input.maxAuthLineLength ?? 12_288,
    maxRecipients: input.maxRecipients ?? 1000,
    takesRecipientsOneByOne: RECIPIENT_OPTIONS.some((option) => input[option]) || disabledCommands.has('RCPT'),
    disabledCommands,
    tlsConfigured: [input.key, input.pfx, input.sniOptions, input.SNICallback].some((given) => given !== undefined),
    requestCert: input.requestCert ?? false,
    rejectUnauthorized: input.rejectUnauthorized ?? true,
    hideSTARTTLS: input.hideSTARTTLS ?? false,
    hidePIPELINING: input.hidePIPELINING ?? false,
    hide8BITMIME: input.hide8BITMIME ?? false,
    hideSMTPUTF8: input.hideSMTPUTF8 ?? false,
    hideENHANCEDSTATUSCODES: input.hideENHANCEDSTATUSCODES ?? false,
    hideSize: input.hideSize ?? false,
    proxyPeers: readPeers('useProxy', input, problems),
    xclientPeers: readPeers('useXClient', input, problems),
    xforwardPeers: readPeers('useXForward', input, problems),
    resolver: (input.disableReverseLookup ?? true) ? undefined : (input.resolver ?? dns),
    greetingDelayMs: input.greetingDelayMs ?? 0,
    socketTimeout: input.socketTimeout ?? 60_000,
    handshakeTimeoutMs: input.handshakeTimeoutMs ?? 30_000,
    dataInitiationTimeoutMs: input.dataInitiationTimeoutMs ?? 30_000,
    handlerTimeouts: { ...HANDLER_TIMEOUTS_MS, ...input.handlerTimeouts },
    minDataRate: input.minDataRate ?? 500,
    bareNewline: input.bareNewline ?? 'reject',
    unauthorizedPipelining: input.unauthorizedPipelining ?? 'reject',
    maxClientsPerAddress: input.maxClientsPerAddress ?? Number.MAX_SAFE_INTEGER,
    clientPrefix: { ipv4: 32, ipv6: 64, ...input.clientPrefix },
    scramIterations: input.scramIterations ?? DEFAULT_ITERATIONS,
    scramDecoyKey: input.scramDecoyKey,
    maxClients: input.maxClients ?? Number.MAX_SAFE_INTEGER,
    closeTimeout: input.closeTimeout ?? 30_000,
  });
  checkOptions(input, resolved, backend, problems);
  if (problems.length > 0) throw new SmtpOptionsError(problems.map((problem) => `listener '${id}': ${problem}`));
  return resolved;
}

function readPeers(
  option: 'useProxy' | 'useXClient' | 'useXForward',
  input: ListenerOptions,
  problems: string[],
): AddressList | undefined {
  const value = input[option];
  if (value === undefined || value === false) return undefined;
  try {
    if (value !== true && !Array.isArray(value)) throw new TypeError("write a list, for example ['10.0.0.5']");
    return new AddressList(value === true ? ['*'] : value);
  } catch (error) {
    problems.push(`${option}: ${(error as Error).message}`);
    return undefined;
  }
}
