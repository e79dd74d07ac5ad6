import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import type { ListenerOptions, SmtpServerOptions } from 'smtp-engine';
import type { SmtpRole } from './handler-place.interface.js';
import type { SmtpInheritance } from './inheritance.interface.js';
import type { SmtpRoutingOptions } from './routing-options.interface.js';
import type { SmtpCounterStore } from '../limits/smtp-counter.store.js';

/** A listener: its address, its role, and what differs there from the module's options. */
export interface SmtpListenerOptions extends ListenerOptions, SmtpRoutingOptions {
  /**
   * `submission`: users log in. `mx`: AUTH is off, STARTTLS offered; port 25 by default. `lmtp`: LMTP, AUTH is off. Without
   * login somebody has to decide about recipients: a handler, a pattern, or `recipients: 'any'`. Default: `submission`.
   */
  readonly role?: SmtpRole;
}

/**
 * Options of `SmtpModule.forRoot()`. Every option of the engine keeps its name and meaning; what stands here holds for
 * all listeners, what stands at a listener holds there.
 */
export interface SmtpModuleOptions
  extends
    SmtpServerOptions,
    SmtpRoutingOptions,
    Pick<SmtpListenerOptions, 'port' | 'host' | 'path' | 'backlog' | 'role'> {
  /** Several listeners, each with its own id and port. Default: one, from `port`, `host`, `path` or `role` above. */
  readonly listeners?: readonly SmtpListenerOptions[];
  /**
   * Make a certificate at each start, that nobody trusts, where `key` and `cert` are missing; also in production and for
   * other than loopback addresses. Default: false, which allows it on loopback and outside production only.
   */
  readonly selfSigned?: boolean;
  /**
   * Open the ports as soon as the application is up. Default: true; `false` leaves it to `connectSmtp(app)` and
   * `app.startAllMicroservices()`.
   */
  readonly autoListen?: boolean;
  /**
   * Which of the application's global guards, pipes, interceptors and filters run for mail too; the log names them at boot.
   * Default: true, all of them.
   *
   * @example SmtpModule.forRoot({ inherit: { guards: false } }) // the others are inherited
   */
  readonly inherit?: true | SmtpInheritance;
}

/** What stands beside the options, in `forRootAsync()` beside the factory, because it belongs to the module itself. */
export interface SmtpModuleExtras {
  /**
   * Name of the transport. A second `SmtpModule.forRoot()` needs one of its own: handlers are bound to it by
   * `{ transport }` or `@UseSmtpTransport()`, and `@InjectSmtpTransport()` injects it. Default: `'default'`.
   */
  readonly transport?: string;
  /** Modules whose providers the guards inject. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /**
   * Guards that see every command, those without a handler too, by `SmtpContext.of(context).command.verb`. They add to
   * the two rules and replace nothing. Classes are instantiated by Nest, as singletons.
   */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Takes the place of TlsBeforeAuthGuard. */
  readonly tlsBeforeAuth?: Type<CanActivate>;
  /** Takes the place of UnauthenticatedCommandLimitGuard. */
  readonly unauthenticatedCommandLimit?: Type<CanActivate>;
  /**
   * Where AuthFailureLimitGuard and `@SmtpThrottle()` count: one store for the application, so of several transports only
   * one may give it, the one without a name if there is one. Default: MemoryCounterStore.
   */
  readonly counterStore?: Type<SmtpCounterStore> | undefined;
}
