import { type MessageStream, replies, type Transaction } from 'smtp-engine';
import type { RouteMatch, RouteShare } from '../routing/recipient-rules.js';
import type { HandlerBackend } from './handler-backend.js';
import { SHARE_OF_ENGINE_LIMIT } from '../smtp.route-options.js';
import { MessageTee } from './message-tee.js';
import { attempt, then } from './promised.js';
import { repliesToRecipients } from './recipient-results.js';
import { answerForAll, answersForEach, verdictOf } from './route-replies.js';
import { runStage } from './transaction-stages.js';

/** `@SmtpData()`: the message goes to the handlers of its recipients. */
export function bindData(parts: HandlerBackend): void {
  const { backend, table, at } = parts;
  if (!table.has('data')) return;
  backend.data = (message, transaction) => {
    const { recipients } = at(transaction.session);
    // Whose messages they are need not be asked of each recipient then.
    if (recipients.receiverOfAll !== undefined) return alone(parts, recipients.receiverOfAll, message, transaction);
    const shares = recipients.receivers(transaction.envelope);
    const [only] = shares;
    if (only === undefined) return replies.noMessageService;
    return shares.length === 1
      ? alone(parts, only, message, transaction)
      : together(parts, shares, message, transaction);
  };
}

function alone(parts: HandlerBackend, route: RouteMatch, message: MessageStream, transaction: Transaction): unknown {
  const { name } = route.handler.info;
  const report = (error: Error): void => {
    parts.origins.note(error, name);
    parts.backend.error?.(error, transaction.session, transaction);
  };
  const answer = (): unknown =>
    then(runStage(parts, 'data', route, message, transaction), (result) =>
      repliesToRecipients(result, transaction, report),
    );
  return attempt(answer, (error) => {
    parts.origins.note(error, name);
    throw error;
  });
}

async function together(
  parts: HandlerBackend,
  shares: readonly RouteShare[],
  source: MessageStream,
  transaction: Transaction,
): Promise<unknown> {
  const { session } = transaction;
  const isLmtp = session.openingCommand === 'LHLO';
  const report = (error: Error, { share }: { readonly share: RouteShare }): void => {
    parts.origins.note(error, share.handler.info.name);
    parts.backend.error?.(error, session, transaction);
  };
  const { stallTimeoutMs } = parts.at(session).traits;
  const patience = {
    beforeFirstRead: Math.min(stallTimeoutMs, Math.ceil(session.dataInitiationTimeoutMs * SHARE_OF_ENGINE_LIMIT)),
    afterwards: stallTimeoutMs,
  };
  const tee = new MessageTee({ source, transaction, shares, patience, isAllOrNone: !isLmtp, report });
  await tee.run(({ share, message, transaction: own }) => runStage(parts, 'data', share, message, own));

  const told = new Set<Error>(tee.failure === undefined ? [] : [tee.failure]);
  const heard = tee.branches.filter(({ isGivenUp }) => !isGivenUp);
  const verdicts = heard.map((branch) =>
    verdictOf(branch, (error) => {
      if (!told.has(error)) report(error, branch);
      told.add(error);
    }),
  );
  // What was wrong with the message itself the engine says, whatever the handlers made of it.
  if (tee.failure !== undefined) throw tee.failure;
  return isLmtp && !tee.isRefused ? answersForEach(transaction, verdicts) : answerForAll(verdicts);
}
