import { isIP } from 'node:net';
import { normalizeAddress } from '../address-list.js';
import { ANY_PHASE, type Command } from '../commands/command.js';
import { decodeXtext } from '../protocol/xtext.js';
import { Reply, replies } from '../reply.js';
import { XClientAuth } from '../sasl/credentials.js';
import { loginVerdict } from '../session/login.js';
import { isPositive } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import type { Extension } from './extension.js';

const ATTRIBUTES: readonly string[] = ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN'];
const syntax = 'XCLIENT attribute=value [...]';
const badSyntax = new Reply(501, '5.5.4', `Syntax: ${syntax}`);
const inTransaction = new Reply(503, '5.5.1', 'Mail transaction in progress');
const loginRefused = new Reply(550, '5.7.0', 'XCLIENT LOGIN refused');
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

type Attributes = ReadonlyMap<string, string | false>;

/**
 * XCLIENT (Postfix XCLIENT_README): a trusted proxy says who the client is; after it the dialogue begins anew.
 * LOGIN goes to the `auth` hook as XClientAuth. It is never a SASL mechanism.
 */
const xclientCommand: Command = {
  verb: 'XCLIENT',
  syntax,
  phases: ANY_PHASE,
  async run(session, args) {
    if (!isTrusted(session)) return replies.xclientRefused;
    if (session.current !== undefined) return inTransaction;
    const attributes = readAttributes(args);
    if (attributes === undefined || !hasValidAddress(attributes)) return badSyntax;
    session.forget();
    session.xClient = new Map([...(session.xClient ?? []), ...attributes]);
    applyAttributes(session, attributes);
    const login = attributes.get('LOGIN');
    if (login) {
      const reply = await logIn(login, session);
      if (!isPositive(reply)) return reply;
    }
    return session.conversation.greet();
  },
};

/** XCLIENT, offered to trusted peers only. */
export const xclient: Extension = {
  keyword: 'XCLIENT',
  offer: (session) => isTrusted(session) && ATTRIBUTES.join(' '),
  commands: [xclientCommand],
};

/** The trust belongs to the peer of the connection, never to an address that XCLIENT itself gave. */
function isTrusted(session: Session): boolean {
  return session.options.xclientPeers?.has(session.peerAddress) ?? false;
}

function readAttributes(args: string): Attributes | undefined {
  const attributes = new Map<string, string | false>();
  for (const item of args.split(/ +/)) {
    const equals = item.indexOf('=');
    const name = item.slice(0, equals).toUpperCase();
    const value = decodeXtext(item.slice(equals + 1));
    if (equals < 0 || !ATTRIBUTES.includes(name) || attributes.has(name)) return undefined;
    if (value === undefined || CONTROL_CHARACTERS.test(value)) return undefined;
    attributes.set(name, /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i.test(value) ? false : value);
  }
  return attributes;
}

function hasValidAddress(attributes: Attributes): boolean {
  const address = attributes.get('ADDR');
  const port = attributes.get('PORT');
  const portIsValid = !port || (/^\d{1,5}$/.test(port) && Number(port) <= 65_535);
  return portIsValid && (!address || isIP(readAddress(address)) !== 0);
}

/** Postfix writes IPv6 addresses as `IPV6:2001:db8::1`. */
function readAddress(value: string): string {
  return normalizeAddress(value.replace(/^IPV6:/i, ''));
}

function applyAttributes(session: Session, attributes: Attributes): void {
  const address = attributes.get('ADDR');
  const port = attributes.get('PORT');
  const name = attributes.get('NAME');
  if (address) {
    session.remoteAddress = readAddress(address);
    session.clientHostname = `[${session.remoteAddress}]`;
  }
  if (port) session.remotePort = Number(port);
  if (name) session.clientHostname = name;
}

async function logIn(username: string, session: Session): Promise<Reply> {
  if (session.backend.auth === undefined) return loginRefused;
  const { reply } = await loginVerdict(new XClientAuth(username), session);
  if (isPositive(reply)) return reply;
  session.phase = 'closing';
  return reply.code === 535 ? loginRefused : reply;
}
