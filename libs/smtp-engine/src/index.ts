export { AddressList } from './address-list.js';
export type { Backend, CommandInfo, ExemptibleRule, HookResult } from './backend.js';
export { selfSignedCertificate } from './certificate.js';
export { AFTER_HELLO, ANY_PHASE, type Command, type CommandAnswer, type CommandResult } from './commands/command.js';
export { diagnostics } from './diagnostics.js';
export {
  type BodyType,
  type DeliverBy,
  Envelope,
  type FutureRelease,
  type MailDsn,
  type MailParameters,
} from './envelope.js';
export {
  ForwardPath,
  MailPath,
  type PathArguments,
  type RcptDsn,
  type RcptParameters,
  ReversePath,
  type ValidSince,
} from './mail-path.js';
export type { DialectOptions, ExtensionOptions } from './extension-options.js';
export type { Extension, MailDraft, Offer, ParameterReader, RcptDraft } from './extensions/extension.js';
export type { InputOptions } from './input-options.js';
export type { MannerOptions, PathReader, ReadPath, Rephrase, ReplyContext } from './manner-options.js';
export type { Transparency } from './protocol/data-decoder.js';
export { nearestName } from './nearest-name.js';
export { optionNames } from './option-names.js';
export type { ListenerOptions, ReverseResolver, SessionOptions, SmtpServerOptions, TlsOptions } from './options.js';
export {
  authFailureDelay,
  type AuthFailureDelayView,
  authFailuresExhausted,
  type AuthFailureView,
} from './policy/auth-failure-budget.js';
export { mayAuthenticate, type TlsBeforeAuthView } from './policy/tls-before-auth.js';
export {
  countsAsUnauthenticated,
  exceedsUnauthenticatedLimit,
  type UnauthenticatedCommandView,
} from './policy/unauthenticated-command-limit.js';
export type { AttributeValue, ClientAttributes } from './protocol/client-attributes.js';
export type { ProxyEndpoint, ProxyHeader, ProxyLineReader } from './protocol/proxy-header.js';
export type { ProxySsl, ProxyTlv } from './protocol/proxy-tlv.js';
export type { Mailbox, PathArgument } from './protocol/syntax.js';
export { replies, Reply, SmtpError, type SmtpErrorOptions } from './reply.js';
export { SmtpOptionsError } from './resolved-options.js';
export { AuthCredentials } from './sasl/auth-credentials.js';
export {
  AnonymousAuth,
  CramMd5Auth,
  type Credentials,
  ExternalAuth,
  LoginAuth,
  OAuthBearerAuth,
  PasswordAuth,
  PlainAuth,
  XClientAuth,
  XOAuth2Auth,
} from './sasl/credentials.js';
export { mechanisms } from './sasl/index.js';
export type { Mechanism, SaslContext } from './sasl/mechanism.js';
export { ScramAuth } from './sasl/scram-auth.js';
export {
  type ScramKeys,
  type ScramMechanism,
  type ScramQuery,
  type ScramSecret,
  scramSecret,
} from './sasl/scram-keys.js';
export { type AcceptOptions, type ListenerAddress, SmtpServer } from './server.js';
export {
  SmtpAmbiguousData,
  SmtpClientGone,
  SmtpHandshakeFailed,
  SmtpHandlerTimeout,
  SmtpMessageAbandoned,
  SmtpSizeExceeded,
  SmtpTransactionAborted,
} from './session/errors.js';
export { MessageStream } from './session/message-stream.js';
export type { IntruderKind } from './session/intruders.js';
export { SmtpProxyHeaderError } from './session/proxy-header-reader.js';
export { type ConnectionInfo, type Phase, Session, type TlsCipher } from './session/session.js';
export { Transaction } from './session/transaction.js';
export { type TraceFields, receivedField, returnPathField } from './trace.js';
