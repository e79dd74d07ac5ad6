import { setImmediate, setTimeout } from 'node:timers';
import { selfSignedCertificate } from 'smtp-engine';

const certificate = await selfSignedCertificate(['mx.test']);
const other = await selfSignedCertificate(['other.test']);
const wanted = await selfSignedCertificate(['client.test']);

/** The machine's own DNS must not show. */
const resolver = { reverse: (_address, callback) => setImmediate(callback, null, ['Client.Test.']) };
const resolveTo = (names, ms = 0) => ({
  resolver: { reverse: (_address, callback) => setTimeout(callback, ms, null, [...names]) },
});

const base = { name: 'mx.test', logger: false, closeTimeout: 200, resolver, ...certificate };
const ALL_METHODS = ['PLAIN', 'LOGIN', 'XOAUTH2', 'CRAM-MD5'];
const open = { ...base, authOptional: true, allowInsecureAuth: true, authMethods: ALL_METHODS };
const auth = { ...open, authOptional: false };
const tls = { ...open, secure: true };
const clientTls = wanted;

/**
 * Options by name. `app` goes to the application (application.mjs), `clientTls` to the client's handshake; the rest to the
 * server. A dialogue names one, or gives `{ base: 'open', ...more }`.
 */
export const SETUPS = {
  /** Nothing is asked for, nearly everything is there. */
  open,
  /** As open, and as few lines as possible after EHLO. */
  bare: { ...base, disabledCommands: ['AUTH', 'STARTTLS'] },
  /** A login is needed, in clear too. */
  auth,
  /** What one gets without options: a login is needed, and TLS for it. */
  plain: base,
  /** TLS for logins. */
  strict: { ...base, authMethods: ALL_METHODS },
  noauth: { ...base, disabledCommands: ['auth'] },
  notls: { ...base, disabledCommands: 'STARTTLS' },
  hidden: { ...open, hidePIPELINING: true, hide8BITMIME: true, hideSMTPUTF8: true, hideSTARTTLS: true },
  codes: { ...open, hideENHANCEDSTATUSCODES: false },
  codesauth: { ...auth, hideENHANCEDSTATUSCODES: false },
  dsn: { ...open, hideDSN: false },
  size: { ...open, size: 100 },
  hidesize: { ...open, size: 100, hideSize: true },
  oversized: { ...open, size: 100, rejectOversized: true },
  lenient: { ...open, lenientAddressParsing: true },
  recipients: { ...open, maxRecipients: 2 },
  tls,
  tlsauth: { ...tls, authOptional: false },
  requiretls: { ...tls, hideREQUIRETLS: false },
  secured: { ...tls, secured: true },
  needsupgrade: { ...tls, needsUpgrade: true },
  sni: { ...tls, sniOptions: { 'other.test': other } },
  snimap: { ...open, sniOptions: new Map([['other.test', other]]) },
  clientcert: { ...tls, requestCert: true, rejectUnauthorized: false, clientTls },
  clientcertca: { ...tls, requestCert: true, rejectUnauthorized: true, ca: wanted.cert, clientTls },
  clientcertonly: { ...tls, requestCert: true, rejectUnauthorized: true },
  starttlscert: { ...open, requestCert: true, rejectUnauthorized: false, ca: wanted.cert, clientTls },
  starttlscertonly: { ...open, requestCert: true, rejectUnauthorized: true, ca: wanted.cert, clientTls },
  lmtp: { ...open, lmtp: true },
  lmtpcodes: { ...open, lmtp: true, hideENHANCEDSTATUSCODES: false },
  lmtpoversized: { ...open, lmtp: true, size: 100, rejectOversized: true },
  proxy: { ...open, useProxy: true },
  proxylist: { ...open, useProxy: ['127.0.0.1'] },
  proxystar: { ...open, useProxy: ['*'] },
  proxyother: { ...open, useProxy: ['192.0.2.1'] },
  proxytls: { ...tls, useProxy: true },
  xclient: { ...open, useXClient: true },
  xclientlist: { ...open, useXClient: ['127.0.0.1'] },
  xclientother: { ...open, useXClient: ['192.0.2.1'] },
  xclientcodes: { ...open, useXClient: true, hideENHANCEDSTATUSCODES: false },
  xforward: { ...open, useXForward: true },
  xforwardother: { ...open, useXForward: ['192.0.2.1'] },
  xboth: { ...open, useXClient: true, useXForward: true },
  idle: { ...open, socketTimeout: 500 },
  idletls: { ...tls, socketTimeout: 500 },
  idleproxy: { ...open, useProxy: true, socketTimeout: 500 },
  line: { ...open, maxCommandLength: 600 },
  clients: { ...open, maxClients: 1 },
  nolookup: { ...open, disableReverseLookup: true },
  noname: { ...open, ...resolveTo([]) },
  badname: { ...open, ...resolveTo(['two\r\nlines']) },
  slowname: { ...open, ...resolveTo(['slow.test'], 40) },
  nodns: { ...open, resolver: { reverse: (_address, callback) => callback(new Error('no such name')) } },
  throwsdns: {
    ...open,
    resolver: {
      reverse: () => {
        throw new Error('no resolver');
      },
    },
  },
  capped: { ...auth, maxAllowedUnauthenticatedCommands: 4 },
  uncapped: { ...auth, maxAllowedUnauthenticatedCommands: Infinity },
  capfalse: { ...auth, maxAllowedUnauthenticatedCommands: false },
};

/** The options of a dialogue: a name, or a name and more. */
export function setupOf(setup) {
  const { base: name, ...more } = typeof setup === 'string' ? { base: setup } : setup;
  const named = SETUPS[name];
  if (named === undefined) throw new Error(`no such setup: ${name}`);
  return { ...named, ...more };
}
