import { type Backend, Reply, type Session, SmtpError } from 'smtp-engine';
import { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import type { SmtpStage } from '../smtp.stages.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';
import { then } from './promised.js';

/** The stages that say no more than whether the dialogue goes on. */
const CONNECTION_STAGES = ['connect', 'secure', 'hello'] as const;

/** `@SmtpConnect()`, `@SmtpSecure()`, `@SmtpHello()`: the session goes in, yes or no comes out. */
export function bindConnectionStages({ backend, table, at, watch }: HandlerBackend): void {
  for (const stage of CONNECTION_STAGES) {
    if (!table.has(stage)) continue;
    backend[stage] = (session) => {
      const handler = at(session).find(stage);
      return handler && judge(stage, handler, session);
    };
  }

  function judge(stage: SmtpStage, handler: Handler, session: Session): unknown {
    const said = callHandler(handler, session, contextOf(stage, session), watch);
    return then(said, (result) => (isRefusal(result) || result instanceof Reply ? result : undefined));
  }
}

/** `@SmtpClose()`: nobody is there to be told, but the shutdown waits for it. */
export function bindClose({ backend, table, at, pending }: HandlerBackend): void {
  if (!table.has('close')) return;
  backend.close = (session) => {
    const handler = at(session).find('close');
    if (handler !== undefined) pending.add(takeLeave(handler, session, backend));
  };
}

async function takeLeave(handler: Handler, session: Session, backend: Backend): Promise<void> {
  try {
    await callHandler(handler, session, contextOf('close', session));
  } catch (error) {
    // A guard that keeps the handler from running is no failure.
    if (!(error instanceof SmtpError) || error.cause !== undefined) backend.error?.(error, session);
  }
}

function contextOf(stage: SmtpStage, session: Session): SmtpContext {
  const verb = (stage === 'hello' && session.openingCommand) || '';
  return new SmtpContext(stage, { verb, args: '' }, session, undefined, session);
}

function isRefusal(result: unknown): result is false | null {
  return result === false || result === null;
}
