import { diagnostics } from '../diagnostics.js';
import { Reply, replies, SmtpError } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import { callHook } from './hook.js';
import { attempt, isPositive, then } from './outcome.js';
import type { Session } from './session.js';

/** What a login came to. */
export interface Verdict {
  readonly reply: Reply;
  readonly challenge?: Readonly<Record<string, unknown>> | false | undefined;
}

/**
 * Runs the `auth` hook: a user logs in, `undefined`, `null` and `false` refuse, an SmtpError says how.
 * XCLIENT uses it too.
 *
 * @param confirm what is left to do between the application's yes and the login: it gives a reply where that fails
 */
export function loginVerdict(
  credentials: Credentials,
  session: Session,
  confirm?: () => Reply | undefined | Promise<Reply | undefined>,
): Verdict | Promise<Verdict> {
  const verdict = attempt<Verdict, Verdict>(
    () =>
      then(
        callHook<unknown>('auth', session, () => session.backend.auth!(credentials, session)),
        (user) => {
          const reply = user instanceof Reply ? user : replyTo(user);
          return isPositive(reply) ? then(confirm?.(), (objection) => loggedIn(user, objection ?? reply)) : { reply };
        },
      ),
    (decided) => decided,
    (error) => {
      const reply = session.conversation.replyToError(error, replies.temporaryAuthFailure);
      return { reply, challenge: error instanceof SmtpError ? error.challenge : undefined };
    },
  );
  return then(verdict, (decided) => {
    publishLogin(credentials, decided.reply, session);
    return decided;
  });

  function loggedIn(user: unknown, reply: Reply): Verdict {
    if (isPositive(reply)) {
      session.user = user === true || user instanceof Reply ? { username: credentials.username } : user;
      session.authMethod = credentials.method;
    }
    return { reply };
  }
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
