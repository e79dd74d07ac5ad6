import type { CommandResult } from '../commands/command.js';
import { diagnostics } from '../diagnostics.js';
import { type Reply, replies } from '../reply.js';
import type { Conversation } from './conversation.js';
import { callHook } from './hook.js';
import { isClearText, reportIntruder } from './intruders.js';
import { attempt, isPositive, then, toReply } from './outcome.js';
import { readProxyHeader } from './proxy-header-reader.js';
import { reverseLookup } from './reverse-lookup.js';
import type { Session } from './session.js';

/**
 * What comes before the dialogue, in this order: PROXY header, TLS where it is implicit, the wait for early talkers, the
 * lookup of the client's name, the `connect` hook. Its reply is the greeting or what stands in its place; none where the
 * connection is gone.
 */
export function prelude(conversation: Conversation): CommandResult {
  const { session } = conversation;
  const isProxy = session.options.proxyPeers?.has(session.peerAddress) ?? false;
  return isProxy ? behindProxy(conversation) : meet(conversation);
}

/** The greeting, or the refusal of the connection (RFC 5321 §3.1). */
export function greet(session: Session): Reply | Promise<Reply> {
  return then(connectionVerdict('connect', session.options.greeting, session), (reply) => {
    if (isPositive(reply)) session.conversation.greeted = true;
    else session.phase = 'closing';
    return reply;
  });
}

/** What a hook that judges the connection says. One that fails has not said yes. */
export function connectionVerdict(
  hook: 'connect' | 'secure',
  accepted: Reply,
  session: Session,
): Reply | Promise<Reply> {
  return attempt(
    () => callHook(hook, session, () => session.backend[hook]?.(session)),
    (value) => toReply(value, accepted, replies.connectionRefused),
    (error) => session.conversation.replyToError(error, replies.serviceUnavailable),
  );
}

async function behindProxy(conversation: Conversation): Promise<Awaited<CommandResult>> {
  const header = await readProxyHeader(conversation);
  if (header === undefined) return undefined;
  conversation.session.introducedBy(header);
  return meet(conversation);
}

function meet(conversation: Conversation): CommandResult {
  const { session } = conversation;
  if (!conversation.admit()) return undefined;
  if (diagnostics.connection.hasSubscribers) diagnostics.connection.publish({ session });
  return session.options.secure && !session.secure ? overTls(conversation) : welcome(conversation);
}

async function overTls(conversation: Conversation): Promise<Awaited<CommandResult>> {
  const { session } = conversation;
  try {
    await conversation.handshake('keep');
  } catch (error) {
    if (isClearText(error)) reportIntruder(session, 'clear-text-on-tls-port');
    throw error;
  }
  if (conversation.refusal === undefined) return welcome(conversation);
  session.phase = 'closing';
  return conversation.refusal;
}

function welcome(conversation: Conversation): CommandResult {
  const { session } = conversation;
  const { greetingDelayMs, resolver } = session.options;
  return greetingDelayMs > 0 || resolver !== undefined ? welcomeLater(conversation) : greet(session);
}

async function welcomeLater(conversation: Conversation): Promise<Reply | undefined> {
  const { session } = conversation;
  const { greetingDelayMs, resolver } = session.options;
  await conversation.pause(greetingDelayMs);
  if (spokeEarly(conversation)) return replies.earlyTalker;
  if (resolver !== undefined && !conversation.isClosed) {
    const name = await reverseLookup(session.remoteAddress, resolver, (error) => conversation.report(error));
    if (name !== undefined) session.clientHostname = name;
    if (spokeEarly(conversation)) return replies.earlyTalker;
  }
  return conversation.isClosed ? undefined : greet(session);
}

function spokeEarly({ session, spokeEarly: spoke }: Conversation): boolean {
  const isEarly = session.options.greetingDelayMs > 0 && spoke;
  if (isEarly) reportIntruder(session, 'early-talker');
  return isEarly;
}
