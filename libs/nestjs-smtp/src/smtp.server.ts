import type { LoggerService } from '@nestjs/common';
import { type Backend, SmtpOptionsError, SmtpServer } from 'smtp-engine';
import { FailureOrigins } from './backend/failure-origins.js';
import type { PendingWork } from './backend/pending-work.js';
import { SmtpSetupError } from './exceptions/smtp-setup.error.js';
import { bindCommandGuards, type CommandGuardSet } from './guards/command-guards.js';
import type { SmtpModuleOptions } from './interfaces/smtp-module-options.interface.js';
import { missingPeers } from './optional-peers.js';
import { bindHandlers } from './smtp.backend.js';
import type { HandlerTable } from './smtp.handlers.js';
import type { ListenerHandlers } from './smtp.listener-handlers.js';
import { inheritanceProblems } from './smtp.inheritance.js';
import { planListeners } from './smtp.listeners.js';
import { nameProblems } from './smtp.option-names.js';

/** What a server is made of. */
export interface ServerParts {
  readonly options: SmtpModuleOptions;
  /** What is wrong with the names beside them. */
  readonly stray: readonly string[];
  /** Name of the transport. */
  readonly transport: string;
  readonly handlers: HandlerTable;
  /** Gives the guards; throws what is wrong with them. */
  guards(): CommandGuardSet;
  readonly error: NonNullable<Backend['error']>;
  readonly logger: LoggerService;
}

/** The engine's server with all its listeners; no port is open yet. */
export interface BuiltServer {
  readonly server: SmtpServer;
  /** Their ids. */
  readonly listeners: readonly string[];
  /** The handlers of each, by its id. */
  readonly handlers: ReadonlyMap<string, ListenerHandlers>;
  /** What handlers still do after the last connection has gone. */
  readonly pending: PendingWork;
  /** Which handler a failure is of. */
  readonly origins: FailureOrigins;
}

/** @throws SmtpSetupError with everything that is wrong with handlers, guards and options */
export async function buildServer(parts: ServerParts): Promise<BuiltServer> {
  const { options, transport, handlers, logger } = parts;
  const problems = [...handlers.problems()];
  // Without any handler, all else that could be said only repeats it.
  if (handlers.isEmpty) throw new SmtpSetupError(problems);
  problems.push(...(await missingPeers(handlers.peers)), ...parts.stray, ...nameProblems(options));
  problems.push(...inheritanceProblems(options.inherit));

  const backend: Backend = { error: parts.error };
  const plan = await planListeners(options, transport, handlers);
  const origins = new FailureOrigins();
  const pending = bindHandlers(backend, { table: handlers, at: plan.handlers, origins, logger });
  problems.push(...problemsOf(() => bindCommandGuards(backend, parts.guards())));
  const server = new SmtpServer(plan.shared, backend);
  problems.push(...plan.problems, ...plan.listeners.flatMap((each) => problemsOf(() => server.addListener(each))));
  if (problems.length > 0) throw new SmtpSetupError([...new Set(problems)]);

  for (const id of plan.selfSigned) {
    logger.warn(`listener '${id}' has no key and cert; it uses a certificate made for this start, which nobody trusts`);
  }
  for (const warning of plan.warnings) logger.warn(warning);
  return { server, handlers: plan.handlers, listeners: plan.listeners.map(({ id }) => id), pending, origins };
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
    return [];
  } catch (error) {
    return error instanceof SmtpOptionsError ? error.problems : [(error as Error).message];
  }
}
