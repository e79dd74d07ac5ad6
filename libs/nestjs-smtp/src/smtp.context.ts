import type { ArgumentsHost } from '@nestjs/common';
import { BaseRpcContext } from '@nestjs/microservices';
import {
  AuthCredentials,
  type CommandInfo,
  type Credentials,
  type Envelope,
  MailPath,
  MessageStream,
  type Session,
  type Transaction,
} from 'smtp-engine';
import type { SmtpStage } from './smtp.stages.js';

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * What a guard, pipe, interceptor, filter or handler can know of the step at hand: one object for each step.
 * `context.switchToRpc().getContext()` gives it; a handler gets it as its second undecorated parameter.
 *
 * @example
 * canActivate(context: ExecutionContext) {
 *   const { stage, session } = SmtpContext.of(context);
 *   return stage !== 'rcpt' || session.isAuthenticated;
 * }
 */
export class SmtpContext extends BaseRpcContext<[Session]> {
  constructor(
    /** Where in the dialogue this is; `'command'` for `@SmtpCommand()` and for the guards of all commands. */
    readonly stage: SmtpStage,
    /**
     * The command: its verb in capitals, `''` where there is none. `args` is filled at stage `'command'` only, and never
     * for AUTH.
     */
    readonly command: CommandInfo,
    readonly session: Session,
    /** The mail transaction; undefined before MAIL. */
    readonly transaction: Transaction | undefined = undefined,
    /** What the stage is about: credentials, path, message, command, or the session itself. */
    readonly subject: unknown = undefined,
    /** What stands in the recipient's address for the names of the handler's pattern; see `@SmtpParam()`. */
    readonly params: Readonly<Record<string, string>> = NO_PARAMS,
  ) {
    super([session]);
  }

  /**
   * The context of an SMTP handler.
   *
   * @throws TypeError where the host belongs to something else, such as an HTTP route; see `isSmtpContext()`
   */
  static of(host: ArgumentsHost): SmtpContext {
    const context: unknown = host.getType() === 'rpc' ? host.switchToRpc().getContext() : undefined;
    if (context instanceof SmtpContext) return context;
    throw new TypeError('this is no SMTP handler, so there is no SmtpContext; ask isSmtpContext() first');
  }

  /** Id of the listener the client connected to. */
  get listener(): string {
    return this.session.listener;
  }

  /** Who is logged in: what the `@SmtpAuth()` handler returned. */
  get user(): unknown {
    return this.session.user;
  }

  /** The credentials at hand; undefined outside `@SmtpAuth()`. */
  get credentials(): Credentials | undefined {
    return this.subject instanceof AuthCredentials ? (this.subject as Credentials) : undefined;
  }

  /** The reverse-path or forward-path at hand; undefined outside `@SmtpMailFrom()` and `@SmtpRcptTo()`. */
  get path(): MailPath | undefined {
    return this.subject instanceof MailPath ? this.subject : undefined;
  }

  /** The message at hand; undefined outside `@SmtpData()`. */
  get message(): MessageStream | undefined {
    return this.subject instanceof MessageStream ? this.subject : undefined;
  }

  /** The envelope (RFC 5321 §2.3.1); undefined outside a mail transaction. */
  get envelope(): Envelope | undefined {
    return this.transaction?.envelope ?? this.session.envelope;
  }

  /** Fires when the result is of no use any more: the client is gone, or the handler was too slow. */
  get signal(): AbortSignal {
    return this.transaction?.signal ?? this.session.signal;
  }

  /** What a log may show: no secrets, no streams, no cycles. */
  toJSON(): Record<string, unknown> {
    const { session } = this;
    return {
      stage: this.stage,
      verb: this.command.verb,
      session: session.id,
      listener: session.listener,
      remoteAddress: session.remoteAddress,
    };
  }
}

/**
 * Whether a guard, pipe, interceptor or filter was called for SMTP: lets one that was written for HTTP step aside.
 *
 * @example if (isSmtpContext(context)) return true;
 */
export function isSmtpContext(host: ArgumentsHost): boolean {
  return host.getType() === 'rpc' && host.switchToRpc().getContext<unknown>() instanceof SmtpContext;
}
