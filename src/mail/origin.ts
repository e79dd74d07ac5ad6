import type { Envelope, Session } from 'nestjs-smtp';
import type { Account } from '../accounts/account-directory.js';
import type { MessageOrigin } from '../store/message-store.js';

/** What is kept of the dialogue beside a message. */
export function originOf(session: Session, envelope: Envelope, user: Account): MessageOrigin {
  const { tlsOptions } = session;
  return {
    user: user.username,
    authMethod: session.authMethod ?? '',
    secure: session.secure,
    tls: tlsOptions ? `${tlsOptions.version} ${tlsOptions.standardName}` : null,
    remoteAddress: session.remoteAddress,
    clientName: session.hostNameAppearsAs || '',
    mailFrom: envelope.mailFrom.address,
    rcptTo: envelope.rcptTo.map(({ address }) => address),
  };
}
