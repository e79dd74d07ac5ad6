import { nearestName } from './nearest-name.js';
import { optionNames } from './option-names.js';
import type { ListenerOptions, SmtpServerOptions } from './options.js';

const { session, listener: ofListener, server: ofServer } = optionNames;
const AT_SERVER: ReadonlySet<string> = new Set([...session, ...ofServer]);
const AT_LISTENER: ReadonlySet<string> = new Set([...session, ...ofListener]);

const hook = (name: string): string => `is the method ${name} of the Backend, the second argument of new SmtpServer()`;

/** What smtp-server calls an option and is something else here: what to write instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  onConnect: hook('connect'),
  onSecure: hook('secure'),
  onAuth: hook('auth'),
  onMailFrom: hook('mail'),
  onRcptTo: hook('rcpt'),
  onData: hook('data'),
  onClose: hook('close'),
  logger: 'is no option; failures come to the method error of the Backend, dialogues to diagnostics',
  component: 'is no option, since the engine writes no log',
  rejectOversized: "is no option; a message larger than size is refused unless oversizedMessages: 'pass' is written",
  lenientAddressParsing: 'is no option; readPath can read addresses in a way of its own',
  heloResponse: 'is no option; rephrase words replies anew',
  ignoredHosts: 'is no option, since the engine writes no log',
  needsUpgrade: 'is no option; write secure: true, and secured: true where TLS ends at a proxy',
};

/** A text for every name of an option that is not known, or does not belong where it stands; `undefined` is not given. */
export function nameProblems(server: SmtpServerOptions, listener: ListenerOptions): readonly string[] {
  return [
    ...strangers(server, AT_SERVER).map((name) =>
      AT_LISTENER.has(name) ? `${name} belongs to a listener; give it to listen()` : unknown(name, AT_SERVER),
    ),
    ...strangers(listener, AT_LISTENER).map((name) =>
      AT_SERVER.has(name) ? `${name} holds for all listeners; give it to new SmtpServer()` : unknown(name, AT_LISTENER),
    ),
  ];
}

function strangers(given: object, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined || known.has(name) ? [] : [name]));
}

function unknown(name: string, known: ReadonlySet<string>): string {
  if (Object.hasOwn(ELSEWHERE, name)) return `${name} ${ELSEWHERE[name]}`;
  const nearest = nearestName(name, [...known]);
  return `${name} is no option; ${nearest === undefined ? 'remove it' : `did you mean ${nearest}?`}`;
}
