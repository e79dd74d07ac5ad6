import { type ListenerOptions, mechanisms } from 'smtp-engine';
import { isScram } from './smtp.handlers.js';
import type { ListenerHandlers } from './smtp.listener-handlers.js';

/**
 * The mechanisms that the handlers of a listener name, those a bare `@SmtpAuth()` adds, and SCRAM-SHA-256 for an
 * `@SmtpSecret()` where no SCRAM is named.
 */
export function handledMethods(handlers: ListenerHandlers): readonly string[] {
  const selectors = handlers.selectors('auth');
  const named = selectors.filter((method) => method !== '*' && method !== 'XCLIENT');
  const ofSecret = handlers.find('secret') !== undefined && !named.some(isScram) ? ['SCRAM-SHA-256'] : [];
  return [...new Set([...ofSecret, ...named, ...(selectors.includes('*') ? ['LOGIN', 'PLAIN'] : [])])];
}

/** Methods that are offered and cannot succeed. */
export function checkAuthMethods(
  { id, authMethods = [] }: ListenerOptions,
  handlers: ListenerHandlers,
): readonly string[] {
  const hasSecret = handlers.find('secret') !== undefined;
  const isHandled = (method: string): boolean =>
    handlers.find('auth', '*') !== undefined || handlers.find('auth', method) !== undefined;
  return authMethods
    .map((method) => method.trim().toUpperCase())
    .filter((method) => method !== 'XCLIENT' && !(isScram(method) ? hasSecret : isHandled(method)))
    .map((method) =>
      isScram(method)
        ? `listener '${id}': ${method} needs what is stored of users; add @SmtpSecret() to a method that gives it`
        : `listener '${id}': authMethods names ${method}, which nobody handles; add @SmtpAuth('${method}'), or @SmtpAuth() for all the rest`,
    );
}

/**
 * What has been said at the handlers the engine need not say again: SCRAM without secrets, names of mechanisms that are none.
 */
export function withoutReported<T extends ListenerOptions>(
  listener: T,
  handlers: ListenerHandlers,
  hasSecret: boolean,
): T {
  const { authMethods } = listener;
  const isReported = (method: string): boolean =>
    isScram(method) ? !hasSecret : !mechanisms.has(method) && handlers.find('auth', method) !== undefined;
  const rest = authMethods?.filter((method) => !isReported(method.trim().toUpperCase()));
  if (authMethods === undefined || rest!.length === authMethods.length) return listener;
  return { ...listener, authMethods: rest!.length > 0 ? rest : ['PLAIN'] };
}
