import type { SmtpContext } from '../smtp.context.js';

const STAGES: ReadonlySet<string> = new Set(['mail', 'rcpt', 'data']);
const VERBS: ReadonlySet<string> = new Set(['MAIL', 'RCPT', 'DATA', 'BDAT']);

/** Whether a step belongs to a mail transaction (RFC 5321 §3.3): its stages, and its commands before they have one. */
export function isWithinTransaction({ stage, command }: SmtpContext): boolean {
  return STAGES.has(stage) || (stage === 'command' && VERBS.has(command.verb));
}
