import type { Backend } from './backend.js';
import { checkExtensions } from './extension-checks.js';
import { checkMechanisms } from './mechanism-checks.js';
import type { ListenerOptions } from './options.js';
import type { ResolvedOptions } from './resolved-options.js';
import { LEAST_ITERATIONS } from './sasl/scram-keys.js';
import { HANDLER_TIMEOUTS_MS } from './session/hook.js';

/** Adds a text for everything that cannot work or is unsafe: what is wrong, and what to write instead. */
export function checkOptions(
  input: ListenerOptions,
  options: ResolvedOptions,
  backend: Backend,
  problems: string[],
): void {
  checkNumbers(options, problems);
  checkName(options.name, problems);
  checkAuthentication(options, backend, problems);
  checkRelay(input, options, backend, problems);
  checkCertificate(input, options, problems);
  checkResolver(input, problems);
  checkExtensions(input, problems);
  checkHandlerTimeouts(options, problems);
  checkChoices(options, problems);
  checkClientPrefix(options, problems);
}

/** Smallest (and largest) value of each number; `false` is allowed where the option's type says so. */
const BOUNDS: readonly (readonly [option: keyof ResolvedOptions, least: number, most?: number])[] = [
  ['size', 0],
  ['maxAllowedUnauthenticatedCommands', 1],
  ['maxFailedLogins', 1],
  ['authFailureDelayMs', 1, 60_000], // clients wait some minutes for a reply (RFC 5321 §4.5.3.2), people do not
  ['maxAuthFailureDelayMs', 1, 60_000],
  ['scramIterations', LEAST_ITERATIONS, 1_000_000], // the client has to do them too
  ['maxCommandsWithoutMail', 1],
  ['maxUnknownCommands', 1],
  // reading pauses with more than 64 KiB of an unfinished line, which would never end then
  ['maxCommandLength', 512, 64 * 1024],
  ['maxAuthLineLength', 512, 64 * 1024],
  ['maxRecipients', 100],
  ['socketTimeout', 1],
  ['handshakeTimeoutMs', 1],
  ['dataInitiationTimeoutMs', 1],
  ['greetingDelayMs', 0, 60_000], // RFC 5321 §4.5.3.2.1: a client waits five minutes for the greeting, many far less
  ['minDataRate', 0],
  ['maxClients', 1],
  ['maxClientsPerAddress', 1],
  ['closeTimeout', 0, 2 ** 31 - 1], // a longer timer of Node's fires at once
];
/** Shorter lines than RFC 5321 §4.5.3.1.4 asks for are for who wants them with `commandSyntax: 'lax'`. */
const LINE_LENGTHS: ReadonlySet<string> = new Set(['maxCommandLength', 'maxAuthLineLength']);
const MAY_BE_FALSE: ReadonlySet<string> = new Set([
  'maxAllowedUnauthenticatedCommands',
  'maxCommandsWithoutMail',
  'maxFailedLogins',
  'authFailureDelayMs',
]);

function checkNumbers(options: ResolvedOptions, problems: string[]): void {
  for (const [option, usualLeast, most] of BOUNDS) {
    const least = options.commandSyntax === 'lax' && LINE_LENGTHS.has(option) ? 1 : usualLeast;
    const value = options[option] as number | false;
    if (value === false && MAY_BE_FALSE.has(option)) continue;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= (most ?? value))
      continue;
    const off = MAY_BE_FALSE.has(option) ? ', or false for no limit' : '';
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    problems.push(`${option} is ${String(value)}; write a whole number ${range}${off}`);
  }
}

function checkHandlerTimeouts({ handlerTimeouts }: ResolvedOptions, problems: string[]): void {
  for (const [hook, value] of Object.entries(handlerTimeouts)) {
    if (!(hook in HANDLER_TIMEOUTS_MS)) {
      const known = Object.keys(HANDLER_TIMEOUTS_MS).join(', ');
      problems.push(`handlerTimeouts names ${hook}, which is no hook with a time limit; there are ${known}`);
    } else if (!Number.isSafeInteger(value) || value < 1) {
      problems.push(`handlerTimeouts.${hook} is ${String(value)}; write a whole number of milliseconds of at least 1`);
    }
  }
}

/** What an option may be, where that is one of a few words. */
const CHOICES: readonly (readonly [option: keyof ResolvedOptions, words: readonly string[]])[] = [
  ['bareNewline', ['reject', 'normalize', 'pass']],
  ['unauthorizedPipelining', ['reject', 'pass']],
  ['earlyTalkers', ['octets', 'lines']],
  ['longLines', ['answer', 'cut']],
  ['unknownParameters', ['reject', 'keep']],
  ['oversizedMessages', ['reject', 'pass']],
  ['commandSyntax', ['strict', 'lax']],
  ['transparency', ['standard', 'after-lf', 'double']],
];

function checkChoices(options: ResolvedOptions, problems: string[]): void {
  for (const [option, words] of CHOICES) {
    const value = options[option] as string;
    if (!words.includes(value))
      problems.push(`${option} is ${value}; write ${words.map((word) => `'${word}'`).join(' or ')}`);
  }
}

function checkClientPrefix({ clientPrefix }: ResolvedOptions, problems: string[]): void {
  for (const [family, most] of [
    ['ipv4', 32],
    ['ipv6', 128],
  ] as const) {
    const bits = clientPrefix[family];
    if (Number.isSafeInteger(bits) && bits >= 1 && bits <= most) continue;
    problems.push(`clientPrefix.${family} is ${String(bits)}; write a whole number of bits from 1 to ${most}`);
  }
}

function checkName(name: string, problems: string[]): void {
  if (!/^[!-~]{1,255}$/.test(name)) {
    problems.push(
      `name is ${JSON.stringify(name)}; write the host name clients know this server by, such as 'mail.example.com'`,
    );
  }
}

function checkCertificate(
  { secure, secured, key, cert, pfx, requestCert }: ListenerOptions,
  { tlsConfigured }: ResolvedOptions,
  problems: string[],
): void {
  if (secured && !secure) problems.push('secured: true goes with secure: true; write both, or neither');
  if (pfx !== undefined) return;
  if (key !== undefined && cert === undefined) problems.push('key is given without cert; give both (or pfx)');
  else if (key === undefined && cert !== undefined) problems.push('cert is given without key; give both (or pfx)');
  else if (secure && !secured && !tlsConfigured) {
    problems.push('secure: true needs a certificate: give key and cert (or pfx)');
  } else if (requestCert && !tlsConfigured) {
    problems.push('requestCert: true needs TLS, so a certificate of the server: give key and cert (or pfx)');
  }
}

function checkResolver({ resolver, disableReverseLookup }: ListenerOptions, problems: string[]): void {
  if (resolver === undefined) return;
  if (typeof resolver.reverse !== 'function') {
    problems.push('resolver has no method reverse(address, callback); give it one, as node:dns has');
  } else if (disableReverseLookup === undefined) {
    problems.push('resolver is given, but nobody asks it: write disableReverseLookup: false');
  }
}

function checkAuthentication(options: ResolvedOptions, backend: Backend, problems: string[]): void {
  if (options.disabledCommands.has('AUTH')) return;
  checkMechanisms(options, backend, problems);
  if (!options.loginRequired) return;
  if (backend.auth === undefined || options.authMethods.length === 0) {
    problems.push(
      'login is required but nothing can check it: give an auth handler and authMethods, or write authOptional: true',
    );
  } else if (
    !options.secure &&
    !options.tlsConfigured &&
    !options.allowInsecureAuth &&
    backend.isExempt === undefined
  ) {
    problems.push(
      'login is required, but without a certificate nobody can encrypt first: give key and cert (or allowInsecureAuth: true in a network you trust)',
    );
  } else if (
    !options.secure &&
    options.disabledCommands.has('STARTTLS') &&
    !options.allowInsecureAuth &&
    backend.isExempt === undefined
  ) {
    problems.push(
      'login is required, but STARTTLS is disabled, so nobody can encrypt first: enable it (or write allowInsecureAuth: true)',
    );
  }
}

/** Mail for anybody from anybody is an open relay; it must not come about by leaving something out. */
function checkRelay(input: ListenerOptions, options: ResolvedOptions, backend: Backend, problems: string[]): void {
  if (options.loginRequired || backend.rcpt !== undefined || input.recipients === 'any') return;
  problems.push(
    "mail is taken without login and nothing decides about recipients: give a rcpt handler, or write recipients: 'any' if every recipient is meant",
  );
}
