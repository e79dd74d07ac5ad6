import type { ListenerOptions, SessionOptions, SmtpServerOptions } from './options.js';

/** The names that belong to a type; one that is missing or too many does not compile. */
type Names<T> = Readonly<Record<keyof T, true>>;

const OF_SESSION: Names<SessionOptions> = {
  key: true,
  cert: true,
  ca: true,
  pfx: true,
  passphrase: true,
  ciphers: true,
  honorCipherOrder: true,
  ecdhCurve: true,
  dhparam: true,
  minVersion: true,
  maxVersion: true,
  sigalgs: true,
  secureOptions: true,
  sessionIdContext: true,
  lmtp: true,
  hideCHUNKING: true,
  hideLIMITS: true,
  hideDSN: true,
  hideREQUIRETLS: true,
  extensions: true,
  customExtensions: true,
  proxyLine: true,
  earlyTalkers: true,
  longLines: true,
  rephrase: true,
  readPath: true,
  unknownParameters: true,
  oversizedMessages: true,
  transparency: true,
  commandSyntax: true,
  customMechanisms: true,
  allowEmptyPasswords: true,
  name: true,
  banner: true,
  secure: true,
  sniOptions: true,
  SNICallback: true,
  secured: true,
  size: true,
  authMethods: true,
  authOptional: true,
  authRequiredMessage: true,
  allowInsecureAuth: true,
  maxAllowedUnauthenticatedCommands: true,
  maxFailedLogins: true,
  authFailureDelayMs: true,
  maxAuthFailureDelayMs: true,
  maxCommandsWithoutMail: true,
  maxUnknownCommands: true,
  maxCommandLength: true,
  maxAuthLineLength: true,
  maxRecipients: true,
  recipients: true,
  disabledCommands: true,
  requestCert: true,
  rejectUnauthorized: true,
  hideSTARTTLS: true,
  hidePIPELINING: true,
  hide8BITMIME: true,
  hideSMTPUTF8: true,
  hideENHANCEDSTATUSCODES: true,
  hideSize: true,
  useProxy: true,
  useXClient: true,
  useXForward: true,
  disableReverseLookup: true,
  resolver: true,
  greetingDelayMs: true,
  socketTimeout: true,
  handshakeTimeoutMs: true,
  dataInitiationTimeoutMs: true,
  handlerTimeouts: true,
  minDataRate: true,
  bareNewline: true,
  unauthorizedPipelining: true,
};

const OF_LISTENER: Names<Omit<ListenerOptions, keyof SessionOptions>> = {
  id: true,
  port: true,
  host: true,
  path: true,
  backlog: true,
};

const OF_SERVER: Names<Omit<SmtpServerOptions, keyof SessionOptions>> = {
  maxClientsPerAddress: true,
  clientPrefix: true,
  maxClients: true,
  scramIterations: true,
  scramDecoyKey: true,
  closeTimeout: true,
};

/**
 * The names of all options: `session`, which may stand at the server and at a listener; `listener` and `server`, which
 * belong there alone. For modules around the engine that take its options together with their own.
 *
 * @example const known = new Set([...optionNames.session, ...optionNames.listener]);
 */
export const optionNames: Readonly<Record<'session' | 'listener' | 'server', readonly string[]>> = Object.freeze({
  session: Object.keys(OF_SESSION),
  listener: Object.keys(OF_LISTENER),
  server: Object.keys(OF_SERVER),
});
