import { diagnostics } from '../diagnostics.js';
import { Reply, replies, SmtpError } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import { isPositive } from './outcome.js';
import type { Session } from './session.js';

/** What a login came to. */
export interface Verdict {
  readonly reply: Reply;
  readonly challenge: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Runs the `auth` hook: a user logs in, `undefined`, `null` and `false` refuse, an SmtpError says how.
 * XCLIENT uses it too.
 */
export async function loginVerdict(credentials: Credentials, session: Session): Promise<Verdict> {
  let verdict: Verdict;
  try {
    const user = await session.backend.auth!(credentials, session);
    verdict = { reply: user instanceof Reply ? user : replyTo(user), challenge: undefined };
    if (isPositive(verdict.reply)) {
      session.user = user === true || user instanceof Reply ? { username: credentials.username } : user;
      session.authMethod = credentials.method;
    }
  } catch (error) {
    const reply = session.conversation.replyToError(error, replies.temporaryAuthFailure);
    verdict = { reply, challenge: error instanceof SmtpError ? error.challenge : undefined };
  }
  if (diagnostics.auth.hasSubscribers) {
    const { method, username } = credentials;
    diagnostics.auth.publish({ session, method, username, success: isPositive(verdict.reply) });
  }
  return verdict;
}

function replyTo(user: unknown): Reply {
  const refused = user === undefined || user === null || user === false;
  return refused ? replies.authenticationFailed : replies.authenticated;
}
