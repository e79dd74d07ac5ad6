import type { SmtpListenerOptions } from './interfaces/smtp-module-options.interface.js';
import { routingProblems, routingTraits } from './smtp.route-options.js';

test.each<[SmtpListenerOptions, boolean, number]>([
  [{}, false, 60_000],
  [{ multipleRoutes: 'one' }, false, 60_000],
  [{ multipleRoutes: 'tee' }, true, 60_000],
  [{ lmtp: true }, true, 60_000],
  [{ lmtp: true, routeStallTimeoutMs: 5 }, true, 5],
  // The engine gives up all handlers after handlerTimeouts.data, which is 540,000 by default: one has to go before.
  [{ routeStallTimeoutMs: 540_000 }, false, 486_000],
  [{ handlerTimeouts: { data: 1000 } }, false, 900],
  [{ handlerTimeouts: { data: 1 } }, false, 1],
  [{ handlerTimeouts: { mail: 1000 } }, false, 60_000],
])('%j', (options, manyRoutes, stallTimeoutMs) => {
  expect(routingTraits(options)).toEqual({ manyRoutes, stallTimeoutMs });
});

test.each<[SmtpListenerOptions, readonly RegExp[]]>([
  [{}, []],
  [{ multipleRoutes: 'one' }, []],
  [{ multipleRoutes: 'tee', routeStallTimeoutMs: 1 }, []],
  [{ lmtp: true, multipleRoutes: 'tee', routeStallTimeoutMs: 540_000 }, []],
  [{ multipleRoutes: true as never }, [/^listener 'mx': multipleRoutes is true; write 'one' or 'tee'$/]],
  [{ lmtp: true, multipleRoutes: 'one' }, [/^listener 'mx': LMTP answers for each route.*; remove it there$/]],
  ...[0, -1, 1.5, NaN, Infinity, 540_001, '60000' as never].map((stall): [SmtpListenerOptions, RegExp[]] => [
    { routeStallTimeoutMs: stall },
    [new RegExp(`^listener 'mx': routeStallTimeoutMs is ${stall}; write a whole number from 1 to 540000$`)],
  ]),
  [{ multipleRoutes: 'all' as never, routeStallTimeoutMs: 0 }, [/multipleRoutes is all/, /routeStallTimeoutMs is 0/]],
])('problems of %j', (options, expected) => {
  const problems = routingProblems({ ...options, id: 'mx' });
  expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern) as unknown));
});
