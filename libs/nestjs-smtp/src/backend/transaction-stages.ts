import { type CommandInfo, type ForwardPath, type ReversePath, type Transaction } from 'smtp-engine';
import type { RouteMatch } from '../routing/recipient-rules.js';
import { SmtpContext } from '../smtp.context.js';
import type { SmtpStage } from '../smtp.stages.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';

type HandlerMatch = Pick<RouteMatch, 'handler'> & Partial<RouteMatch>;

/** `@SmtpMailFrom()`: whether a sender may send. */
export function bindMail(parts: HandlerBackend): void {
  const { backend, table, at } = parts;
  if (!table.has('mail')) return;
  backend.mail = (path: ReversePath, transaction) => {
    const handler = at(transaction.session).find('mail');
    return handler && runStage(parts, 'mail', { handler }, path, transaction);
  };
}

/** `@SmtpRcptTo()`, and the patterns of `@SmtpData()`: whether a recipient is one of ours. */
export function bindRcpt(parts: HandlerBackend): void {
  const { backend, table, at } = parts;
  if (!table.has('rcpt') && !table.hasPatterns) return;
  backend.rcpt = (path: ForwardPath, transaction) => {
    const { recipients } = at(transaction.session);
    if (recipients.isTrivial) return undefined;
    const refusal = recipients.refusal(path, transaction.envelope);
    if (refusal !== undefined) return refusal;
    const decider = recipients.decider(path);
    return decider && runStage(parts, 'rcpt', decider, path, transaction);
  };
}

const COMMANDS = {
  mail: Object.freeze({ verb: 'MAIL', args: '' }),
  rcpt: Object.freeze({ verb: 'RCPT', args: '' }),
  data: Object.freeze({ verb: 'DATA', args: '' }),
} as const satisfies Partial<Record<SmtpStage, CommandInfo>>;

/** Runs the handler of a step of a transaction. */
export function runStage(
  { watch }: HandlerBackend,
  stage: keyof typeof COMMANDS,
  { handler, params }: HandlerMatch,
  subject: object,
  transaction: Transaction,
): unknown {
  const context = new SmtpContext(stage, COMMANDS[stage], transaction.session, transaction, subject, params);
  // Nest's own payload is never the message: a pipe or a logger that takes it for plain data would break it.
  return callHandler(handler, stage === 'data' ? transaction.envelope : subject, context, watch);
}
