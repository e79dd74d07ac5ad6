import { type ForwardPath, replies, Reply, SmtpError, type Transaction } from 'smtp-engine';
import type { RouteBranch } from './route-branch.js';
import { repliesToRecipients } from './recipient-results.js';

/** The causes of failures are reported by now; what is left is what to say. */
export interface BranchVerdict {
  readonly recipients: readonly ForwardPath[];
  /** What was said of all of them, or of each. */
  readonly value: unknown;
}

/** What a branch came to, causes reported. */
export function verdictOf(
  { outcome, share, transaction }: Pick<RouteBranch, 'outcome' | 'share' | 'transaction'>,
  report: (error: Error) => void,
): BranchVerdict {
  const { recipients } = share;
  const refuse = (error: unknown): Reply => {
    if (!(error instanceof SmtpError) || error.cause !== undefined) report(error as Error);
    return error instanceof SmtpError ? error.reply : replies.localError;
  };
  const read = (): unknown => {
    if (outcome === undefined || 'error' in outcome) return refuse(outcome?.error);
    const results = repliesToRecipients(outcome.value, transaction, report);
    if (!Array.isArray(results)) return results;
    if (results.length !== recipients.length) {
      const cause = new TypeError(`${results.length} answers for ${recipients.length} recipients`);
      return refuse(new SmtpError(replies.localError, { cause }));
    }
    return results.map((item: unknown) => (item instanceof Error ? refuse(item) : item));
  };
  try {
    return { recipients, value: read() };
  } catch (error) {
    return { recipients, value: refuse(error) };
  }
}

/** LMTP: what is said of each recipient, in their order (RFC 2033 §4.2). */
export function answersForEach({ envelope }: Transaction, verdicts: readonly BranchVerdict[]): readonly unknown[] {
  const answers = new Map<ForwardPath, unknown>();
  for (const { recipients, value } of verdicts) {
    recipients.forEach((path, index) => answers.set(path, Array.isArray(value) ? (value[index] as unknown) : value));
  }
  return envelope.rcptTo.map((path) => answers.get(path));
}

/** One reply for all: yes where all took it; 451 if one of them may take it later; else the first refusal. */
export function answerForAll(verdicts: readonly BranchVerdict[]): unknown {
  const values = verdicts.flatMap(({ value }) => (Array.isArray(value) ? (value as unknown[]) : [value]));
  const refusals = values.flatMap((value) => refusalIn(value) ?? []);
  const temporary = refusals.find(({ isTransient }) => isTransient);
  if (temporary !== undefined) return new Reply(451, temporary.enhanced, ...temporary.lines);
  return refusals[0] ?? values[0];
}

function refusalIn(value: unknown): Reply | undefined {
  if (value === false || value === null) return replies.transactionFailed;
  return value instanceof Reply && value.code >= 400 ? value : undefined;
}
