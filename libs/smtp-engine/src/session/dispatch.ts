import type { CommandMap, CommandResult } from '../commands/command.js';
import { countsAsUnauthenticated, exceedsUnauthenticatedLimit } from '../policy/unauthenticated-command-limit.js';
import { replies, Reply } from '../reply.js';
import type { CommandLine } from './command-line.js';
import { isExempt } from './exemption.js';
import { then } from './outcome.js';
import type { Session } from './session.js';

/** Takes a command line through the rules that are common to all commands, then runs it. */
export function dispatch(line: CommandLine, session: Session, commands: CommandMap): CommandResult {
  const { backend } = session;
  const counted = session.loginRequired && !session.isAuthenticated && countsAsUnauthenticated(line.verb);
  if (counted) session.unauthenticatedCommands++;
  const go = (): CommandResult => (counted ? withinLimit(line, session, commands) : run(line, session, commands));
  if (backend.command === undefined) return go();

  // The application's hook first, then the engine's own rule, which holds whatever the hook does.
  const info = { verb: line.verb, args: line.verb === 'AUTH' ? '' : line.args };
  return then(backend.command(info, session), (answer) => {
    if (answer instanceof Reply) return answer;
    return answer === false || answer === null ? replies.refused : go();
  });
}

function withinLimit(line: CommandLine, session: Session, commands: CommandMap): CommandResult {
  if (!exceedsUnauthenticatedLimit(session)) return run(line, session, commands);
  return then(isExempt('unauthenticated-command-limit', session), (exempt) =>
    exempt ? run(line, session, commands) : replies.tooManyUnauthenticatedCommands,
  );
}

function run(line: CommandLine, session: Session, commands: CommandMap): CommandResult {
  if (line.problem !== undefined) return line.problem;
  const command = commands.get(line.verb);
  if (command === undefined) {
    session.unknownCommands++;
    const tooMany = session.unknownCommands > session.options.maxUnknownCommands;
    return tooMany ? replies.tooManyUnknownCommands : replies.unrecognizedCommand;
  }
  if (!command.phases.includes(session.phase)) {
    return session.phase === 'connected' ? replies.helloFirst : (command.outOfPhase ?? replies.badSequence);
  }
  if (command.requiresLogin && session.loginRequired && !session.isAuthenticated) {
    return session.options.authRequiredReply;
  }
  return command.run(session, line.args);
}
