import type { LoggerService } from '@nestjs/common';
import type { Backend } from 'smtp-engine';
import { ResultWatch } from './backend/call-handler.js';
import { bindCommandStage } from './backend/command-stage.js';
import { bindClose, bindConnectionStages } from './backend/connection-stages.js';
import { bindData } from './backend/data-stage.js';
import type { FailureOrigins } from './backend/failure-origins.js';
import type { HandlerBackend } from './backend/handler-backend.js';
import { bindAuth, bindSecret } from './backend/login-stages.js';
import { PendingWork } from './backend/pending-work.js';
import { bindMail, bindRcpt } from './backend/transaction-stages.js';
import type { HandlerTable } from './smtp.handlers.js';
import type { ListenerHandlers } from './smtp.listener-handlers.js';

const BINDERS: readonly ((parts: HandlerBackend) => void)[] = [
  bindConnectionStages,
  bindSecret,
  bindAuth,
  bindMail,
  bindRcpt,
  bindData,
  bindCommandStage,
  bindClose,
];

/** The handlers of an application, and where they hold. */
export interface BoundHandlers {
  readonly table: HandlerTable;
  /** By id of the listener. */
  readonly at: ReadonlyMap<string, ListenerHandlers>;
  /** Is told which handler failed. */
  readonly origins: FailureOrigins;
  readonly logger: LoggerService;
}

/**
 * Gives the backend one method for each stage that has a handler, and no other: what nobody handles costs nothing.
 *
 * @returns what the handlers still do that no reply waits for
 */
export function bindHandlers(backend: Backend, { table, at, origins, logger }: BoundHandlers): PendingWork {
  const pending = new PendingWork();
  const parts: HandlerBackend = {
    backend,
    table,
    at: ({ listener }) => at.get(listener)!,
    watch: new ResultWatch(logger),
    pending,
    origins,
    logger,
  };
  for (const bind of BINDERS) bind(parts);
  return pending;
}
