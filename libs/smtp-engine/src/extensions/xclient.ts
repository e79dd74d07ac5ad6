import type { Command } from '../commands/command.js';
import {
  address,
  type AttributeReader,
  type AttributeValue,
  type ClientAttributes,
  helloName,
  hostName,
  oneOf,
  port,
  readAttributes,
  text,
} from '../protocol/client-attributes.js';
import { type Reply, replies } from '../reply.js';
import { XClientAuth } from '../sasl/credentials.js';
import { callHook } from '../session/hook.js';
import { loginVerdict } from '../session/login.js';
import { attempt, isPositive, toReply } from '../session/outcome.js';
import { greet } from '../session/prelude.js';
import type { Session } from '../session/session.js';
import { mayVouch } from '../session/trust.js';
import type { Extension } from './extension.js';

const LOGIN = 'LOGIN';
const ATTRIBUTES: ReadonlyMap<string, AttributeReader> = new Map([
  ['NAME', hostName],
  ['ADDR', address],
  ['PORT', port],
  ['PROTO', oneOf('SMTP', 'ESMTP')],
  ['HELO', helloName],
  [LOGIN, (value: string) => text(value) ?? false],
  ['DESTADDR', address],
  ['DESTPORT', port],
  ['REVERSE_NAME', hostName],
]);
const syntax = 'XCLIENT attribute=value [...]';

/**
 * XCLIENT (Postfix XCLIENT_README): a trusted proxy says who the client is; after it the dialogue begins anew.
 * LOGIN goes to the `auth` hook as XClientAuth. It is never a SASL mechanism.
 */
const xclientCommand: Command = {
  verb: 'XCLIENT',
  syntax,
  phases: ['connected', 'ready'],
  outOfPhase: replies.transactionInProgress,
  async run(session, args) {
    if (!mayVouch(session, session.options.xclientPeers)) return replies.xclientRefused;
    const attributes = readAttributes(args, ATTRIBUTES);
    // Wrong in one place it is not taken at all: nothing has changed.
    if (attributes === undefined) return replies.badXClientSyntax;
    session.forget();
    session.xClient = new Map([...defaults(session, attributes), ...(session.xClient ?? []), ...attributes]);
    apply(session, attributes);
    return (await logIn(session, attributes)) ?? (await begin(session, attributes));
  },
};

/** XCLIENT, offered to trusted peers only. */
export const xclient: Extension = {
  keyword: 'XCLIENT',
  offer(session) {
    if (!mayVouch(session, session.options.xclientPeers)) return false;
    const names = [...ATTRIBUTES.keys()];
    return names.filter((name) => name !== LOGIN || session.backend.auth !== undefined).join(' ');
  },
  commands: [xclientCommand],
};

/** What held before the first XCLIENT that says otherwise, under the names that smtp-server has for it. */
function defaults(session: Session, attributes: ClientAttributes): readonly (readonly [string, AttributeValue])[] {
  const before = [
    ['ADDR', session.remoteAddress],
    ['NAME', session.clientHostname],
    ['PORT', session.remotePort],
  ] as const;
  return before.filter(([name]) => attributes.has(name)).map(([name, value]) => [`${name}:DEFAULT`, value] as const);
}

function apply(session: Session, attributes: ClientAttributes): void {
  const [addr, name, remotePort] = [attributes.get('ADDR'), attributes.get('NAME'), attributes.get('PORT')];
  const [destination, destinationPort] = [attributes.get('DESTADDR'), attributes.get('DESTPORT')];
  // An unknown client must not pass for its proxy.
  if (addr !== undefined) session.remoteAddress = addr === false ? 'unknown' : String(addr);
  if (addr !== undefined || name !== undefined) session.clientHostname = `${name || `[${session.remoteAddress}]`}`;
  if (remotePort !== undefined) session.remotePort = Number(remotePort);
  if (destination) session.localAddress = String(destination);
  if (destinationPort) session.localPort = Number(destinationPort);
}

/** LOGIN: gives the reply that ends the connection, where the login is refused. */
async function logIn(session: Session, attributes: ClientAttributes): Promise<Reply | undefined> {
  const username = attributes.get(LOGIN);
  if (!username) return undefined;
  const reply =
    session.backend.auth === undefined
      ? replies.xclientLoginRefused
      : (await loginVerdict(new XClientAuth(String(username)), session)).reply;
  if (isPositive(reply)) return undefined;
  session.phase = 'closing';
  return reply.code === 535 ? replies.xclientLoginRefused : reply;
}

/** The greeting for the client. Who has told its HELO too need not say that again (XCLIENT_README, "server response"). */
async function begin(session: Session, attributes: ClientAttributes): Promise<Reply> {
  const greeting = await greet(session);
  const helo = attributes.get('HELO');
  if (!helo || !isPositive(greeting)) return greeting;
  session.hostNameAppearsAs = String(helo).toLowerCase();
  session.openingCommand = introduction(session, attributes);
  const verdict = await attempt(
    () => callHook('hello', session, () => session.backend.hello?.(session)),
    (value) => toReply(value, replies.ok, replies.refused),
    (error) => session.conversation.replyToError(error),
  );
  if (isPositive(verdict)) {
    session.phase = 'ready';
    return greeting;
  }
  session.hostNameAppearsAs = false;
  session.openingCommand = false;
  return verdict;
}

function introduction({ options }: Session, attributes: ClientAttributes): 'EHLO' | 'HELO' | 'LHLO' {
  if (options.lmtp) return 'LHLO';
  return attributes.get('PROTO') === 'ESMTP' ? 'EHLO' : 'HELO';
}
