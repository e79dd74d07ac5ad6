import type { LoggerService } from '@nestjs/common';
import type { Backend, Session } from 'smtp-engine';
import type { HandlerTable } from '../smtp.handlers.js';
import type { ListenerHandlers } from '../smtp.listener-handlers.js';
import type { ResultWatch } from './call-handler.js';
import type { FailureOrigins } from './failure-origins.js';
import type { PendingWork } from './pending-work.js';

/** What the binders of the stages work with: they give `backend` a method for each stage that somebody handles. */
export interface HandlerBackend {
  readonly backend: Backend;
  /** All handlers: for what nobody handles anywhere there is no hook. */
  readonly table: HandlerTable;
  /** The handlers that hold where a session is. */
  readonly at: (session: Session) => ListenerHandlers;
  readonly watch: ResultWatch;
  /** Handlers that nobody else waits for. */
  readonly pending: PendingWork;
  readonly origins: FailureOrigins;
  readonly logger: LoggerService;
}
