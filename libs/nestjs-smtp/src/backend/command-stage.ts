import { type CommandInfo, replies, Reply, type Session } from 'smtp-engine';
import { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import { stages } from '../smtp.stages.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';
import { then } from './promised.js';

/** `@SmtpCommand()`: a command whose verb has a handler is the handler's; all others go their way at once. */
export function bindCommandStage({ backend, table, at, watch }: HandlerBackend): void {
  if (!table.has('command')) return;
  backend.command = (command, session) => {
    const handlers = at(session);
    const named = handlers.find('command', command.verb);
    const handler = named ?? handlers.find('command');
    return handler && answer(handler, command, session, named !== undefined);
  };

  function answer(handler: Handler, command: CommandInfo, session: Session, isNamed: boolean) {
    const context = new SmtpContext('command', command, session, undefined, command);
    const said = callHandler(handler, command, context, watch);
    return then(said, (result) => toReply(result, command, session, isNamed));
  }

  function toReply(result: unknown, { verb }: CommandInfo, session: Session, isNamed: boolean): Reply | undefined {
    if (result instanceof Reply) return result;
    if (result === false || result === null) return stages.command.refusal;
    if (typeof result === 'string') return new Reply(replies.ok.code, replies.ok.enhanced, result);
    // A verb of the server's own runs as ever, and so does what only the handler for all verbs has seen.
    return session.hasCommand(verb) || !isNamed ? undefined : replies.ok;
  }
}
