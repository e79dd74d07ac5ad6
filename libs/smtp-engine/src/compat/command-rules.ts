import type { CommandInfo } from '../backend.js';
import { type Reply, replies } from '../reply.js';
import type { SMTPConnection } from './connection.js';
import type { PathSyntax } from './path-syntax.js';
import type { Wording } from './replies.js';
import type { Settings } from './settings.js';
import type { SMTPServerOptions } from './types.js';

const MAX_UNKNOWN_COMMANDS = 10;
const MAX_HELLO_LENGTH = 300;
export const HELLO: ReadonlySet<string> = new Set(['EHLO', 'HELO', 'LHLO']);
const NEEDS_LOGIN: ReadonlySet<string> = new Set(['MAIL', 'RCPT', 'DATA', 'BDAT']);

/** What smtp-server looks at before a command runs: shutdown, disabled verbs, counting, login, and its own syntax. */
export class CommandRules {
  constructor(
    private readonly options: SMTPServerOptions,
    private readonly settings: Settings,
    private readonly wording: Wording,
    private readonly paths: PathSyntax,
  ) {}

  /** The reply that stands in for the command; undefined where it may run. */
  judge({ verb, args }: CommandInfo, connection: SMTPConnection): Reply | undefined {
    const { engine } = connection;
    if (this.settings.lmtp && (verb === 'EHLO' || verb === 'HELO')) {
      return this.wording.bare(500, `Error: ${verb} not allowed in LMTP server`);
    }
    if (!engine.hasCommand(verb)) return undefined; // the engine counts those
    if (this.isDisabled(verb, connection)) return this.unknown(connection);
    if (this.isOverLimit(verb, connection)) return replies.tooManyUnauthenticatedCommands;
    if (HELLO.has(verb)) return this.helloProblem(verb, args);
    if (engine.phase === 'connected') return this.joke(verb, args, connection);
    const refusal = NEEDS_LOGIN.has(verb) ? this.loginProblem(connection) : undefined;
    if (refusal !== undefined) return refusal;
    if (verb === 'AUTH' && connection.session.user && !engine.isAuthenticated) return replies.alreadyAuthenticated;
    return this.pathProblem(verb, args, connection) ?? this.joke(verb, args, connection);
  }

  /** Whether the session does without a verb: by its own list, where it has one, else by the server's. */
  isDisabled(verb: string, { session }: SMTPConnection): boolean {
    const own: unknown = session.disabledCommands;
    if (!Array.isArray(own)) return this.settings.disabledCommands.has(verb);
    return own.some((word) => String(word).toUpperCase().trim() === verb);
  }

  /** The reply to a client that has to log in first; undefined for others. */
  loginProblem(connection: SMTPConnection): Reply | undefined {
    if (!this.needsLogin(connection)) return undefined;
    const { authRequiredMessage: message } = this.options;
    return this.wording.reply(530, typeof message === 'string' ? message : 'Error: authentication Required');
  }

  private unknown({ engine }: SMTPConnection): Reply {
    engine.unknownCommands++;
    const isLast = engine.unknownCommands >= MAX_UNKNOWN_COMMANDS;
    return isLast ? replies.tooManyUnknownCommands : replies.unrecognizedCommand;
  }

  private needsLogin(connection: SMTPConnection): boolean {
    return !connection.session.user && !this.options.authOptional && !this.isDisabled('AUTH', connection);
  }

  /** QUIT and STARTTLS count as with smtp-server, the lines of an AUTH exchange do not. */
  private isOverLimit(verb: string, connection: SMTPConnection): boolean {
    const { maxUnauthenticated } = this.settings;
    if (maxUnauthenticated === false || verb === 'AUTH' || !this.needsLogin(connection)) return false;
    return ++connection.unauthenticatedCommands >= maxUnauthenticated;
  }

  private helloProblem(verb: string, args: string): Reply | undefined {
    const [name = '', ...more] = args.trim().split(/\s+/);
    if (name === '' || more.length > 0) {
      return this.wording.bare(
        501,
        verb === 'HELO' ? 'Error: Syntax: HELO hostname' : `Error: syntax: ${verb} hostname`,
      );
    }
    return name.length > MAX_HELLO_LENGTH ? this.wording.bare(501, 'Error: Bad hostname syntax') : undefined;
  }

  /** A path that is wrong is said before one that comes at the wrong time. */
  private pathProblem(verb: string, args: string, { engine }: SMTPConnection): Reply | undefined {
    const isLate = verb === 'MAIL' ? engine.phase !== 'ready' : verb === 'RCPT' && engine.phase === 'ready';
    if (!isLate) return undefined;
    return this.paths.problem(verb as 'MAIL' | 'RCPT', args);
  }

  private joke(verb: string, args: string, { session }: SMTPConnection): Reply | undefined {
    if (verb === 'KILL') return this.wording.reply(500, 'Can not kill Mom');
    if (verb === 'SHELL') {
      const text = session.isWizard
        ? 'Error: Invoking shell is not allowed. This incident will be reported.'
        : 'Mere mortals must not mutter that mantra';
      return this.wording.reply(500, text);
    }
    if (verb !== 'WIZ') return undefined;
    if (args.trim() === '') return this.wording.reply(500, 'You are no wizard!');
    session.isWizard = true;
    return this.wording.reply(200, 'Please pass, oh mighty wizard');
  }
}
