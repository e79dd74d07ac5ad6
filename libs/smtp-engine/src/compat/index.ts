import { SMTPServer } from './smtp-server.js';

export { SMTPConnection } from './connection.js';
export { type ConnectOptions, SMTPServer } from './smtp-server.js';
export type {
  ms,
  SMTPServerAddress,
  SMTPServerAddressArgs,
  SMTPServerAuthentication,
  SMTPServerAuthenticationMethod,
  SMTPServerAuthenticationResponse,
  SMTPServerConnectionInfo,
  SMTPServerDataResult,
  SMTPServerDataStream,
  SMTPServerEnvelope,
  SMTPServerEnvelopeDSN,
  SMTPServerError,
  SMTPServerEvents,
  SMTPServerHandlers,
  SMTPServerLogger,
  SMTPServerOptions,
  SMTPServerRecipientDSN,
  SMTPServerResolver,
  SMTPServerSession,
} from './types.js';

export default { SMTPServer };
