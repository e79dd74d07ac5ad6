import type { Transaction } from 'smtp-engine';
import { SmtpContext } from '../smtp.context.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';

/** The stages whose hook gets its object and the transaction, with the verb they belong to. */
const TRANSACTION_STAGES = [
  ['mail', 'MAIL'],
  ['rcpt', 'RCPT'],
  ['data', 'DATA'],
] as const;

/** `@SmtpMailFrom()`, `@SmtpRcptTo()`, `@SmtpData()`. */
export function bindTransactionStages({ backend, handlers, watch }: HandlerBackend): void {
  for (const [stage, verb] of TRANSACTION_STAGES) {
    const handler = handlers.of(stage)?.get('*');
    if (handler === undefined) continue;
    const command = { verb, args: '' };
    backend[stage] = async (subject: object, transaction: Transaction) => {
      const context = new SmtpContext(stage, command, transaction.session, transaction, subject);
      // Nest's own payload is never the message: a pipe or a logger that takes it for plain data would break it.
      const result = await callHandler(handler, stage === 'data' ? transaction.envelope : subject, context);
      watch.see(result, handler, context);
      return result;
    };
  }
}
