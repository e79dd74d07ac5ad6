import { type ListenerOptions, nearestName, optionNames, type SmtpServerOptions } from 'smtp-engine';
import type {
  SmtpListenerOptions,
  SmtpModuleExtras,
  SmtpModuleOptions,
} from './interfaces/smtp-module-options.interface.js';

/** The names that belong to a type; one that is missing or too many does not compile. */
type Names<T> = Readonly<Record<keyof T, true>>;

/** What the engine does not know, at a listener and for all of them. */
const OWN_OF_LISTENER: Names<Omit<SmtpListenerOptions, keyof ListenerOptions>> = {
  role: true,
  multipleRoutes: true,
  routeStallTimeoutMs: true,
};

/** What the engine does not know, for all listeners only. */
const OWN_OF_MODULE: Names<Omit<SmtpModuleOptions, keyof SmtpServerOptions | keyof SmtpListenerOptions>> = {
  listeners: true,
  selfSigned: true,
  autoListen: true,
  inherit: true,
};

const BESIDE_FACTORY: Names<SmtpModuleExtras> = {
  transport: true,
  imports: true,
  guards: true,
  tlsBeforeAuth: true,
  unauthenticatedCommandLimit: true,
  counterStore: true,
};

const { session, listener, server } = optionNames;
/** What the engine knows, by where it takes it. */
const OF_ENGINE: Readonly<Record<'server' | 'listener', ReadonlySet<string>>> = {
  server: new Set([...session, ...server]),
  listener: new Set([...session, ...listener]),
};
const AT_LISTENER: ReadonlySet<string> = new Set([...session, ...listener, ...Object.keys(OWN_OF_LISTENER)]);
/** The id belongs to one of several listeners. */
const IN_MODULE: ReadonlySet<string> = new Set([
  ...[...AT_LISTENER].filter((name) => name !== 'id'),
  ...server,
  ...Object.keys(OWN_OF_MODULE),
]);
const ASYNC: ReadonlySet<string> = new Set([
  ...Object.keys(BESIDE_FACTORY),
  ...['inject', 'useFactory', 'useClass', 'useExisting', 'provideInjectionTokensFrom'],
]);

const handler = (decorator: string): string => `is no option; put @${decorator}() on a method of a controller`;

/** What smtp-server calls an option and is something else here: what to write instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  onConnect: handler('SmtpConnect'),
  onSecure: handler('SmtpSecure'),
  onAuth: handler('SmtpAuth'),
  onMailFrom: handler('SmtpMailFrom'),
  onRcptTo: handler('SmtpRcptTo'),
  onData: handler('SmtpData'),
  onClose: handler('SmtpClose'),
  logger: 'is no option; the log is that of the application, app.useLogger()',
  component: "is no option; the application's logger names the context SmtpTransport",
  rejectOversized: "is no option; a message larger than size is refused unless oversizedMessages: 'pass' is written",
  lenientAddressParsing: 'is no option; readPath can read addresses in a way of its own',
  heloResponse: 'is no option; rephrase words replies anew',
  ignoredHosts: 'is no option; SmtpObservabilityModule says what of the dialogues is logged',
  needsUpgrade: 'is no option; write secure: true, and secured: true where TLS ends at a proxy',
};

/** A text for every name in the options of the module that is not known, or does not belong where it stands. */
export function nameProblems(options: SmtpModuleOptions): readonly string[] {
  return [
    ...strangers(options, IN_MODULE).map((name) => {
      if (Object.hasOwn(BESIDE_FACTORY, name)) return `${name} stands beside useFactory, not in what that returns`;
      if (AT_LISTENER.has(name)) return `${name} belongs into an entry of listeners`;
      return unknown(name, IN_MODULE);
    }),
    ...(options.listeners ?? []).flatMap((each, index) => listenerProblems(each, index)),
  ];
}

/** The same for what stands beside the factory of `forRootAsync()`. */
export function asyncNameProblems(given: object): readonly string[] {
  return strangers(given, ASYNC).map((name) => {
    if (IN_MODULE.has(name)) return `${name} stands beside useFactory; return it from the factory`;
    return unknown(name, ASYNC);
  });
}

/** What of some options the engine knows at that place; of the others `nameProblems()` tells. */
export function engineOptions<T extends object>(options: T, place: 'server' | 'listener'): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => OF_ENGINE[place].has(name))) as T;
}

function listenerProblems(given: SmtpListenerOptions, index: number): readonly string[] {
  const place = given.id === undefined ? `listeners[${index}]` : `listener '${given.id}'`;
  return strangers(given, AT_LISTENER).map((name) => {
    if (IN_MODULE.has(name)) return `${place}: ${name} holds for all listeners; put it beside listeners`;
    return `${place}: ${unknown(name, AT_LISTENER)}`;
  });
}

/** An explicit `undefined` is not given. */
function strangers(given: object, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined || known.has(name) ? [] : [name]));
}

function unknown(name: string, known: ReadonlySet<string>): string {
  if (Object.hasOwn(ELSEWHERE, name)) return `${name} ${ELSEWHERE[name]}`;
  const nearest = nearestName(name, [...known]);
  return `${name} is no option; ${nearest === undefined ? 'remove it' : `did you mean ${nearest}?`}`;
}
