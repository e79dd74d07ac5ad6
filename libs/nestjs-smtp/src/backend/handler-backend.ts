import type { LoggerService } from '@nestjs/common';
import type { Backend } from 'smtp-engine';
import type { HandlerTable } from '../smtp.handlers.js';
import type { ResultWatch } from './call-handler.js';
import type { PendingWork } from './pending-work.js';

/** What the binders of the stages work with: they give `backend` a method for each stage that somebody handles. */
export interface HandlerBackend {
  readonly backend: Backend;
  readonly handlers: HandlerTable;
  readonly watch: ResultWatch;
  /** Handlers that nobody else waits for. */
  readonly pending: PendingWork;
  readonly logger: LoggerService;
}
