/** How the messages of a listener come to several routes; see docs/guide/routing.md. */
export interface SmtpRoutingOptions {
  /**
   * What a transaction with recipients of several routes does. `one`: it takes one route, a recipient of another one gets
   * 452 4.5.3 (RFC 5321 §4.5.3.1.10). `tee`: each handler gets the message as a stream of its own; the reply is 250 if all
   * took it, so handlers have to know a message again by `envelope.id`. LMTP is always `tee`. Default: `one`.
   *
   * @example SmtpModule.forRoot({ role: 'mx', multipleRoutes: 'tee' })
   */
  readonly multipleRoutes?: 'one' | 'tee';
  /**
   * Milliseconds, 1 to 540,000, that the handler of one of several routes may neither ask for more of the message nor
   * answer, before it fails with 451 and the others go on without it. Before its first read it has at most nine tenths of
   * `dataInitiationTimeoutMs`, afterwards of `handlerTimeouts.data`. Default: 60,000.
   */
  readonly routeStallTimeoutMs?: number;
}
