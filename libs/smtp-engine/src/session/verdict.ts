import { type Reply, replies } from '../reply.js';
import { toReply } from './outcome.js';
import type { Transaction } from './transaction.js';

/**
 * The replies that the value of a `data` handler stands for: one for the message, or, from an array, one for each
 * recipient, which only LMTP has room for (RFC 2033 §4.2). An array that does not fit is our failure.
 */
export function handlerReplies(value: unknown, transaction: Transaction): readonly Reply[] {
  if (!Array.isArray(value)) return [messageReply(value)];
  const { conversation, options } = transaction.session;
  const { rcptTo } = transaction.envelope;
  if (!options.lmtp || value.length !== rcptTo.length) {
    const expected = options.lmtp ? `${rcptTo.length} recipients` : 'a message; an array is for LMTP only';
    conversation.report(
      new TypeError(`the data handler gave an array of ${value.length} answers for ${expected}`),
      transaction,
    );
    return [replies.localError];
  }
  const answers = value.map((item: unknown) =>
    item instanceof Error ? conversation.replyToError(item, undefined, transaction) : messageReply(item),
  );
  return transaction.recipientPlaces.map((place) => answers[place]!);
}

function messageReply(value: unknown): Reply {
  return toReply(value, replies.messageAccepted, replies.transactionFailed);
}
