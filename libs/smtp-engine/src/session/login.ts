import { diagnostics } from '../diagnostics.js';
import { Reply, replies, SmtpError } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import { callHook } from './hook.js';
import { isPositive } from './outcome.js';
import type { Session } from './session.js';

/** What a login came to. */
export interface Verdict {
  readonly reply: Reply;
  readonly challenge: Readonly<Record<string, unknown>> | false | undefined;
}

/**
 * Runs the `auth` hook: a user logs in, `undefined`, `null` and `false` refuse, an SmtpError says how.
 * XCLIENT uses it too.
 *
 * @param confirm what is left to do between the application's yes and the login: it gives a reply where that fails
 */
export async function loginVerdict(
  credentials: Credentials,
  session: Session,
  confirm?: () => Promise<Reply | undefined>,
): Promise<Verdict> {
  let verdict: Verdict;
  try {
    const user = await callHook('auth', session, () => session.backend.auth!(credentials, session));
    const reply = user instanceof Reply ? user : replyTo(user);
    const objection = isPositive(reply) ? await confirm?.() : undefined;
    verdict = { reply: objection ?? reply, challenge: undefined };
    if (isPositive(verdict.reply)) {
      session.user = user === true || user instanceof Reply ? { username: credentials.username } : user;
      session.authMethod = credentials.method;
    }
  } catch (error) {
    const reply = session.conversation.replyToError(error, replies.temporaryAuthFailure);
    verdict = { reply, challenge: error instanceof SmtpError ? error.challenge : undefined };
  }
  publishLogin(credentials, verdict.reply, session);
  return verdict;
}

/** Tells who watches how a login came out. */
export function publishLogin(
  { method, username }: Pick<Credentials, 'method' | 'username'>,
  reply: Reply,
  session: Session,
): void {
  if (!diagnostics.auth.hasSubscribers) return;
  diagnostics.auth.publish({ session, method, username, success: isPositive(reply), reply });
}

function replyTo(user: unknown): Reply {
  const refused = user === undefined || user === null || user === false;
  return refused ? replies.authenticationFailed : replies.authenticated;
}
