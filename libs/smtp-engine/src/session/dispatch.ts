import type { CommandMap, CommandResult } from '../commands/command.js';
import { countsWithoutMail, exceedsCommandsWithoutMail } from '../policy/commands-without-mail.js';
import { countsAsUnauthenticated, exceedsUnauthenticatedLimit } from '../policy/unauthenticated-command-limit.js';
import { replies, Reply } from '../reply.js';
import type { CommandLine } from './command-line.js';
import { isExempt } from './exemption.js';
import { callHook } from './hook.js';
import { attempt, then } from './outcome.js';
import type { Session } from './session.js';

/** Takes a command line through the rules that are common to all commands, then runs it. */
export function dispatch(line: CommandLine, session: Session, commands: CommandMap): CommandResult {
  if (isTooMuchTalk(line.verb, session)) return replies.tooManyCommandsWithoutMail;
  const counted = session.loginRequired && !session.isAuthenticated && countsAsUnauthenticated(line.verb);
  if (counted) session.unauthenticatedCommands++;
  else if (session.backend.command === undefined) return run(line, session, commands);
  // The application's hook first, then the engine's own rule, which holds whatever the hook says.
  return then(askHook(line, session, commands), (answer) => {
    if (!counted || answer?.code === 421) return answer ?? run(line, session, commands);
    return then(isWithinLimit(session), (within) =>
      within ? (answer ?? run(line, session, commands)) : replies.tooManyUnauthenticatedCommands,
    );
  });
}

/** Counts what a client says that may send mail and does not: without a login nothing else bounds it. */
function isTooMuchTalk(verb: string, session: Session): boolean {
  if (session.loginRequired || session.isAuthenticated || !countsWithoutMail(verb)) return false;
  session.commandsWithoutMail++;
  return exceedsCommandsWithoutMail(session);
}

/** What the `command` hook answers instead of the command; undefined where it lets it run. */
function askHook(
  line: CommandLine,
  session: Session,
  commands: CommandMap,
): Reply | undefined | Promise<Reply | undefined> {
  const { backend, conversation } = session;
  if (backend.command === undefined) return undefined;
  const { verb } = line;
  return attempt<unknown, Reply | undefined>(
    () =>
      callHook<unknown>('command', session, () =>
        backend.command!({ verb, args: verb === 'AUTH' ? '' : line.args }, session),
      ),
    (answer) => (answer instanceof Reply ? answer : answer === false || answer === null ? replies.refused : undefined),
    (error) => conversation.replyToError(error, commands.get(verb)?.failure),
  );
}

function isWithinLimit(session: Session): boolean | Promise<boolean> {
  return !exceedsUnauthenticatedLimit(session) || isExempt('unauthenticated-command-limit', session);
}

function run(line: CommandLine, session: Session, commands: CommandMap): CommandResult {
  if (line.problem !== undefined) return line.problem;
  const command = commands.get(line.verb);
  if (command === undefined) {
    session.unknownCommands++;
    const tooMany = session.unknownCommands > session.options.maxUnknownCommands;
    return tooMany ? replies.tooManyUnknownCommands : replies.unrecognizedCommand;
  }
  if (!command.phases.includes(session.phase) && command.mayAlsoStand?.(session) !== true) {
    if (session.phase === 'bdat') {
      // RFC 3030 §2: nobody knows what state the client is in. Chunks of two messages must never become one.
      session.resetTransaction();
      return replies.chunkExpected;
    }
    if (session.phase === 'connected') return session.options.lmtp ? replies.lhloFirst : replies.helloFirst;
    return command.outOfPhase ?? replies.badSequence;
  }
  if (command.requiresLogin && session.loginRequired && !session.isAuthenticated) {
    return session.options.authRequiredReply;
  }
  return command.run(session, line.args);
}
