import type { CanActivate } from '@nestjs/common';
import type { Backend, CommandInfo, ExemptibleRule, Reply, Session } from 'smtp-engine';
import { isObservable, lastValueFrom } from 'rxjs';
import { toSmtpError } from '../exceptions/to-smtp-error.js';
import { SmtpContext } from '../smtp.context.js';
import { stageFor } from '../smtp.stages.js';
import { CommandExecutionContext } from './command-execution-context.js';
import { TlsBeforeAuthGuard } from './tls-before-auth.guard.js';
import { UnauthenticatedCommandLimitGuard } from './unauthenticated-command-limit.guard.js';

const AUTH: CommandInfo = { verb: 'AUTH', args: '' };
const ANY_COMMAND: CommandInfo = { verb: '', args: '' };

/** The guards that see commands, whether or not the command has a handler. */
export interface CommandGuardSet {
  readonly tlsBeforeAuth: CanActivate;
  readonly unauthenticatedCommandLimit: CanActivate;
  /** From `forRoot({ guards })`. */
  readonly added: readonly CanActivate[];
}

/**
 * Runs guards on commands, handlers or not. The engine holds the two rules by itself, so the default guards need not be
 * asked; only what an application has changed or added makes it ask.
 */
export function bindCommandGuards(backend: Backend, set: CommandGuardSet): void {
  const rules = new Map<ExemptibleRule, CanActivate>();
  const guards: CanActivate[] = [];
  const consider = (rule: ExemptibleRule, guard: CanActivate, standard: CanActivate): void => {
    const decidesItself = guard.canActivate !== standard.canActivate;
    if (decidesItself || exemption(guard) !== exemption(standard)) rules.set(rule, guard);
    if (decidesItself) guards.push(guard);
  };
  consider('tls-before-auth', set.tlsBeforeAuth, TlsBeforeAuthGuard.prototype);
  consider(
    'unauthenticated-command-limit',
    set.unauthenticatedCommandLimit,
    UnauthenticatedCommandLimitGuard.prototype,
  );
  guards.push(...set.added);

  const current = new WeakMap<Session, CommandInfo>();
  const handle = backend.command?.bind(backend);
  if (guards.length > 0) {
    backend.command = async (command, session) => {
      current.set(session, command);
      return (await judge(guards, command, session)) ?? handle?.(command, session);
    };
  }
  if (rules.size > 0) {
    backend.isExempt = (rule, session) => {
      const guard = rules.get(rule);
      if (guard === undefined) return false;
      // EHLO asks as well whether AUTH would be let through.
      const command = rule === 'tls-before-auth' ? AUTH : (current.get(session) ?? ANY_COMMAND);
      return lets(guard, command, session);
    };
  }
}

function exemption(guard: object): unknown {
  return (guard as { isExempt?: unknown }).isExempt;
}

/** Undefined where all guards let the command through, else the reply. */
async function judge(
  guards: readonly CanActivate[],
  command: CommandInfo,
  session: Session,
): Promise<Reply | undefined> {
  const context = contextOf(command, session);
  try {
    for (const guard of guards) {
      if (!(await ask(guard, context))) return stageFor(command.verb).refusal;
    }
    return undefined;
  } catch (error) {
    throw toSmtpError(error, stageFor(command.verb));
  }
}

/** Whether a guard says yes. A refusal is a no; a failure is one too, and goes to the log. */
async function lets(guard: CanActivate, command: CommandInfo, session: Session): Promise<boolean> {
  try {
    return await ask(guard, contextOf(command, session));
  } catch (error) {
    const refusal = toSmtpError(error, stageFor(command.verb));
    if (refusal.cause === undefined) return false;
    throw refusal;
  }
}

async function ask(guard: CanActivate, context: CommandExecutionContext): Promise<boolean> {
  const answer = guard.canActivate(context);
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: false }) : answer;
}

function contextOf(command: CommandInfo, session: Session): CommandExecutionContext {
  return new CommandExecutionContext(new SmtpContext('command', command, session));
}
