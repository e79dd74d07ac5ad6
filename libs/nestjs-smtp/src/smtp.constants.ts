/**
 * Transport id of SMTP handlers and of SmtpTransport. From the global registry, so that two copies of this package in
 * one application still mean the same.
 */
export const SMTP_TRANSPORT: unique symbol = Symbol.for('nestjs-smtp');

/** Injection token of the name of a module's transport. */
export const SMTP_TRANSPORT_NAME: unique symbol = Symbol('SMTP_TRANSPORT_NAME');

/** Injection token of a module's own transport, whatever its name. */
export const SMTP_OWN_TRANSPORT: unique symbol = Symbol('SMTP_OWN_TRANSPORT');

/** Injection token of the guards that `SmtpModule.forRoot({ guards })` was given. */
export const SMTP_COMMAND_GUARDS: unique symbol = Symbol('SMTP_COMMAND_GUARDS');

/** Injection token of what is wrong with the names that stand beside the factory of `SmtpModule.forRootAsync()`. */
export const SMTP_STRAY_NAMES: unique symbol = Symbol('SMTP_STRAY_NAMES');

/** Injection token of those who watch the sessions. */
export const SMTP_OBSERVERS: unique symbol = Symbol('SMTP_OBSERVERS');

/** Injection token of what makes the spans. */
export const SMTP_TRACING: unique symbol = Symbol('SMTP_TRACING');
