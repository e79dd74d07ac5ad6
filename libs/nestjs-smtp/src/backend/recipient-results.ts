import { replies, Reply, SmtpError, type Transaction } from 'smtp-engine';
import { toSmtpError } from '../exceptions/to-smtp-error.js';
import { stages } from '../smtp.stages.js';

/**
 * What a message handler says of each recipient, as an array in the order of `envelope.rcptTo`. LMTP answers each (RFC 2033
 * §4.2). SMTP has one reply for all: yes where all took it; else a temporary failure, so that those are tried again, before
 * a permanent one.
 *
 * @param report for the causes that the reply does not carry
 */
export function repliesToRecipients(
  result: unknown,
  { session, envelope }: Transaction,
  report: (error: SmtpError) => void,
): unknown {
  if (!Array.isArray(result)) return result;
  const results = result.map((item: unknown) => (item instanceof Error ? toSmtpError(item, stages.data) : item));
  // An array of another length is the engine's to refuse.
  if (session.openingCommand === 'LHLO' || results.length !== envelope.rcptTo.length) return results;
  const refusals = results.flatMap((item) => refusalIn(item) ?? []);
  const worst = refusals.find(({ reply }) => reply.isTransient) ?? refusals[0];
  if (worst === undefined) return results[0];
  for (const other of refusals) if (other !== worst && other.cause !== undefined) report(other);
  throw worst;
}

function refusalIn(item: unknown): SmtpError | undefined {
  if (item instanceof SmtpError) return item;
  if (item === false || item === null) return new SmtpError(replies.transactionFailed);
  return item instanceof Reply && item.code >= 400 ? new SmtpError(item) : undefined;
}
