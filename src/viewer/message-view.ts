import type { MessageSummary } from '../store/message-store.js';
import type { MailContent } from './reading/mail-content.js';

/** A message in lists of the JSON API. */
export function listItem(message: MessageSummary) {
  return {
    id: message.id,
    receivedAt: message.receivedAt.toISOString(),
    user: message.user,
    envelope: { mailFrom: message.mailFrom, rcptTo: message.rcptTo },
    subject: message.subject,
    from: message.from,
    size: message.size,
    secure: message.secure,
    authMethod: message.authMethod,
  };
}

/** One message in the JSON API: the list item and what the page shows besides. */
export function detailedItem(message: MessageSummary, content: MailContent) {
  return {
    ...listItem(message),
    tls: message.tls,
    remoteAddress: message.remoteAddress,
    clientName: message.clientName,
    headers: content.headers,
    text: content.text,
    attachments: content.attachments,
    problem: content.problem,
  };
}
