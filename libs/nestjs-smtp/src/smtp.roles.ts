import type { ListenerOptions } from 'smtp-engine';
import type { SmtpListenerOptions } from './interfaces/smtp-module-options.interface.js';
import type { SmtpRole } from './interfaces/handler-place.interface.js';

type ListenerWithRole = SmtpListenerOptions & { readonly id: string };

/** What a role makes of the options of a listener. */
interface RoleInfo {
  /** Logins are not for this role. */
  readonly withoutAuth: boolean;
  /** Where it listens unless said otherwise; undefined: the engine's choice. */
  readonly port: number | undefined;
  readonly lmtp: boolean;
}

const ROLES: Readonly<Record<SmtpRole, RoleInfo>> = {
  submission: { withoutAuth: false, port: undefined, lmtp: false },
  mx: { withoutAuth: true, port: 25, lmtp: false },
  lmtp: { withoutAuth: true, port: undefined, lmtp: true },
};

/** The options that say something about logins. */
const OF_AUTH = ['authMethods', 'authOptional', 'authRequiredMessage'] as const;

/**
 * Makes the engine's options of those of a listener with a role.
 *
 * @param own what was written for this listener alone
 * @param all the same with what holds for all listeners
 */
export function applyRole(own: ListenerWithRole, all: SmtpListenerOptions): ListenerOptions & { readonly id: string } {
  const { role = 'submission', ...options } = own;
  const info = ROLES[role] ?? ROLES.submission;
  const { port } = info;
  return {
    ...options,
    ...(info.withoutAuth ? { disabledCommands: [...(all.disabledCommands ?? []), 'AUTH'] } : {}),
    ...(info.lmtp ? { lmtp: true } : {}),
    ...(port !== undefined && own.port === undefined && own.path === undefined ? { port } : {}),
  };
}

/** What contradicts the role of a listener. */
export function roleProblems(own: ListenerWithRole): readonly string[] {
  const { role, id } = own;
  if (role === undefined) return [];
  const info = ROLES[role] as RoleInfo | undefined;
  if (info === undefined) {
    return [`listener '${id}': ${String(role)} is no role; write one of ${Object.keys(ROLES).join(', ')}`];
  }
  const stray = info.withoutAuth ? OF_AUTH.filter((option) => own[option] !== undefined) : [];
  return [
    ...stray.map(
      (option) => `listener '${id}': role '${role}' has no AUTH, so remove ${option}; or write role: 'submission'`,
    ),
    ...(own.lmtp !== undefined && own.lmtp !== info.lmtp
      ? [`listener '${id}': lmtp: ${own.lmtp} contradicts role '${role}'; remove one of them`]
      : []),
  ];
}
