import type { Offer } from '../extensions/extension.js';
import { isHelloName, isSafeName } from '../protocol/host-name.js';
import { Reply, replies } from '../reply.js';
import { callHook } from '../session/hook.js';
import { attempt, isPositive, isPromise, then, toReply } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import { ANY_PHASE, type Command, type CommandResult } from './command.js';

/** EHLO (RFC 5321 §4.1.1.1): the client introduces itself; the reply says what can succeed in this session now. */
export const ehlo: Command = {
  verb: 'EHLO',
  syntax: 'EHLO domain',
  phases: ANY_PHASE,
  withoutEnhancedCode: true,
  run: (session, args) => hello(session, 'EHLO', args, offers),
};

/** HELO (RFC 5321 §4.1.1.1), without extensions. */
export const helo: Command = {
  verb: 'HELO',
  syntax: 'HELO domain',
  phases: ANY_PHASE,
  withoutEnhancedCode: true,
  run: (session, args) => hello(session, 'HELO', args, () => []),
};

/** LHLO (RFC 2033 §4.1): EHLO of LMTP. */
export const lhlo: Command = {
  ...ehlo,
  verb: 'LHLO',
  syntax: 'LHLO domain',
  run: (session, args) => hello(session, 'LHLO', args, offers),
};

function hello(session: Session, verb: 'EHLO' | 'HELO' | 'LHLO', args: string, offer: typeof offers): CommandResult {
  const isLax = session.options.commandSyntax === 'lax';
  const name = isLax ? args.trim() : args;
  if (!(isLax ? isSafeName(name) : isHelloName(name))) return new Reply(501, '5.5.4', `Syntax: ${verb} domain`);
  const { hostNameAppearsAs, openingCommand } = session;
  // RFC 5321 §4.1.4: refused, it leaves everything as it was.
  const refuse = (): void => void Object.assign(session, { hostNameAppearsAs, openingCommand });
  session.hostNameAppearsAs = name.toLowerCase();
  session.openingCommand = verb;
  if (session.backend.hello === undefined) return welcome(session, undefined, offer);
  return attempt<unknown, Reply>(
    () => callHook('hello', session, () => session.backend.hello!(session)),
    (value) => {
      const reply = toReply(value, replies.ok, replies.refused);
      if (isPositive(reply)) return welcome(session, value, offer);
      refuse();
      return reply;
    },
    (error) => {
      refuse();
      throw error;
    },
  );
}

/** @param said what the application said, where it said something */
function welcome(session: Session, said: unknown, offer: typeof offers): Reply | Promise<Reply> {
  session.resetTransaction(); // RFC 5321 §4.1.4: EHLO clears as RSET does
  session.phase = 'ready';
  if (said instanceof Reply) return said;
  const text = typeof said === 'string' ? said : `greets ${session.hostNameAppearsAs}`;
  return then(offer(session), (lines) => new Reply(250, undefined, `${session.options.name} ${text}`, ...lines));
}

function offers(session: Session): readonly string[] | Promise<readonly string[]> {
  const { extensions } = session.options.dialect;
  const lines: string[] = [];
  for (let at = 0; at < extensions.length; at++) {
    const extension = extensions[at]!;
    const offer = extension.offer(session);
    if (isPromise(offer)) return offersFrom(at, offer, lines, session);
    addLine(extension.keyword, offer, lines);
  }
  return lines;
}

/** Goes on where an extension has to wait for its offer. The others are asked at once. */
async function offersFrom(
  start: number,
  first: Promise<Offer>,
  lines: string[],
  session: Session,
): Promise<readonly string[]> {
  const waiting = session.options.dialect.extensions.slice(start);
  const [, ...others] = waiting;
  const offered = await Promise.all([first, ...others.map((extension) => extension.offer(session))]);
  for (const [at, offer] of offered.entries()) addLine(waiting[at]!.keyword, offer, lines);
  return lines;
}

function addLine(keyword: string, offer: Offer, lines: string[]): void {
  if (offer !== false) lines.push(offer === true ? keyword : `${keyword} ${offer}`);
}
