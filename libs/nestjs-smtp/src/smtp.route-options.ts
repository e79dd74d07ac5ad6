import type { SmtpListenerOptions } from './interfaces/smtp-module-options.interface.js';

/** How a listener deals with several routes, all defaults filled in. */
export interface RoutingTraits {
  /** A transaction may have recipients of several routes. */
  readonly manyRoutes: boolean;
  /** `routeStallTimeoutMs`, as far as the engine waits for a message handler at all. */
  readonly stallTimeoutMs: number;
}

const STALL_TIMEOUT_MS = 60_000;
/** Of what the engine waits for: a handler that hangs has to fail before the engine gives up all of them. */
export const SHARE_OF_ENGINE_LIMIT = 0.9;
/** RFC 5321 §4.5.3.2.6: a client waits ten minutes for the reply to its message. */
const MAX_STALL_TIMEOUT_MS = 540_000;

/** @param listener with what holds for all listeners, its role applied */
export function routingTraits(listener: SmtpListenerOptions): RoutingTraits {
  const { lmtp, multipleRoutes, routeStallTimeoutMs = STALL_TIMEOUT_MS, handlerTimeouts } = listener;
  const limit = handlerTimeouts?.data ?? MAX_STALL_TIMEOUT_MS;
  return {
    manyRoutes: lmtp === true || multipleRoutes === 'tee',
    stallTimeoutMs: Math.min(routeStallTimeoutMs, Math.ceil(limit * SHARE_OF_ENGINE_LIMIT)),
  };
}

/** What is wrong with the options of a listener; the same arguments as `routingTraits()`. */
export function routingProblems(listener: SmtpListenerOptions & { readonly id: string }): readonly string[] {
  const { id, lmtp, multipleRoutes = 'one', routeStallTimeoutMs: stall = STALL_TIMEOUT_MS } = listener;
  const problems: string[] = [];
  if (!['one', 'tee'].includes(multipleRoutes)) {
    problems.push(`listener '${id}': multipleRoutes is ${String(multipleRoutes)}; write 'one' or 'tee'`);
  }
  if (listener.multipleRoutes === 'one' && lmtp === true) {
    problems.push(
      `listener '${id}': LMTP answers for each route, so multipleRoutes: 'one' does not hold; remove it there`,
    );
  }
  if (!Number.isSafeInteger(stall) || stall < 1 || stall > MAX_STALL_TIMEOUT_MS) {
    problems.push(
      `listener '${id}': routeStallTimeoutMs is ${String(stall)}; write a whole number from 1 to ${MAX_STALL_TIMEOUT_MS}`,
    );
  }
  return problems;
}
