export { SmtpHeader, SmtpParsed } from './decorators/message.decorators.js';
export { SmtpCredentials } from './decorators/smtp-credentials.decorator.js';
export {
  SmtpAddress,
  SmtpEnvelope,
  SmtpMessage,
  SmtpParam,
  SmtpSession,
  SmtpSignal,
  SmtpTls,
  SmtpUser,
} from './decorators/parameter.decorators.js';
export {
  SmtpAuth,
  SmtpClose,
  SmtpCommand,
  SmtpConnect,
  SmtpData,
  SmtpHello,
  SmtpMailFrom,
  SmtpRcptTo,
  SmtpSecret,
  SmtpSecure,
} from './decorators/stage.decorators.js';
export { UseSmtpTransport } from './decorators/use-smtp-transport.decorator.js';
export {
  SmtpAuthInvalid,
  SmtpAuthRequired,
  SmtpAuthUnavailable,
  SmtpContentRefused,
  SmtpMailboxBusy,
  SmtpMailboxFull,
  SmtpMailboxMoved,
  SmtpMailboxUnavailable,
  SmtpMessageTooLarge,
  SmtpNotPermitted,
  SmtpServiceUnavailable,
  SmtpStorageFull,
  SmtpTryAgainLater,
} from './exceptions/named.exceptions.js';
export { SmtpAuthChallenge } from './exceptions/smtp-auth-challenge.exception.js';
export { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
export { SmtpException, type SmtpExceptionOptions } from './exceptions/smtp.exception.js';
export { SmtpSetupError } from './exceptions/smtp-setup.error.js';
export { AuthenticatedGuard } from './guards/authenticated.guard.js';
export { AuthFailureLimitGuard, type AuthFailureLimits } from './guards/auth-failure-limit.guard.js';
export { SenderMatchesUserGuard } from './guards/sender-matches-user.guard.js';
export { TlsBeforeAuthGuard } from './guards/tls-before-auth.guard.js';
export { TlsRequiredGuard } from './guards/tls-required.guard.js';
export { UnauthenticatedCommandLimitGuard } from './guards/unauthenticated-command-limit.guard.js';
export type { SmtpHandlerPlace, SmtpRole } from './interfaces/handler-place.interface.js';
export type { SmtpInheritance } from './interfaces/inheritance.interface.js';
export type { SmtpRoutingOptions } from './interfaces/routing-options.interface.js';
export type {
  SmtpListenerOptions,
  SmtpModuleExtras,
  SmtpModuleOptions,
} from './interfaces/smtp-module-options.interface.js';
export { MemoryCounterStore } from './limits/memory-counter.store.js';
export type { SmtpRedisClient } from './limits/redis-counter.js';
export { type RedisCounterOptions, RedisCounterStore } from './limits/redis-counter.store.js';
export { type SmtpCount, SmtpCounterStore } from './limits/smtp-counter.store.js';
export { SmtpThrottle, type SmtpThrottleRule, type SmtpThrottleSubject } from './limits/smtp-throttle.decorator.js';
export { SmtpThrottleGuard } from './limits/smtp-throttle.guard.js';
export { LazyMessage } from './message/lazy-message.js';
export type { SmtpParseLimits } from './message/parse-limits.js';
export { type ParsedAttachment, type ParsedMailbox, ParsedMessage } from './message/parsed-message.js';
export type { SmtpLogOptions } from './observability/dialogue-log.js';
export { SmtpObservabilityModule, type SmtpObservabilityOptions } from './observability/smtp-observability.module.js';
export { type SmtpMetric, SmtpMetrics } from './observability/smtp.metrics.js';
export { type SmtpHealth, SmtpHealthIndicator } from './smtp-health.indicator.js';
export { SMTP_TRANSPORT } from './smtp.constants.js';
export { isSmtpContext, SmtpContext } from './smtp.context.js';
export { connectSmtp, smtpMicroservice, type SmtpTransportChoice } from './smtp.microservice.js';
export { MODULE_OPTIONS_TOKEN as SMTP_MODULE_OPTIONS } from './smtp.module-definition.js';
export { SmtpModule } from './smtp.module.js';
export { SmtpPorts } from './smtp.ports.js';
export type { SmtpStage } from './smtp.stages.js';
export { getSmtpTransportToken, InjectSmtpTransport } from './smtp.transport-token.js';
export { SmtpTransport, type SmtpTransportEvents, type SmtpTransportStatus } from './smtp.transport.js';

// What the users of this module need of the engine.
export {
  type AcceptOptions,
  AnonymousAuth,
  AuthCredentials,
  type CommandInfo,
  type ConnectionInfo,
  CramMd5Auth,
  type Credentials as SmtpAuthObject,
  Envelope,
  ExternalAuth,
  ForwardPath,
  type ListenerAddress,
  type ListenerOptions,
  LoginAuth,
  MailPath,
  MessageStream,
  OAuthBearerAuth,
  PasswordAuth,
  type PathArguments,
  PlainAuth,
  receivedField,
  replies,
  Reply,
  returnPathField,
  ReversePath,
  ScramAuth,
  type ScramKeys,
  type ScramMechanism,
  type ScramQuery,
  type ScramSecret,
  scramSecret,
  selfSignedCertificate,
  Session,
  SmtpClientGone,
  SmtpHandshakeFailed,
  SmtpError,
  type SmtpErrorOptions,
  SmtpMessageAbandoned,
  SmtpOptionsError,
  type SmtpServerOptions,
  SmtpSizeExceeded,
  type TlsCipher,
  type TlsOptions,
  type TraceFields,
  Transaction,
  XClientAuth,
  XOAuth2Auth,
} from 'smtp-engine';
