import { ForwardPath } from 'smtp-engine';
import type { HandlerTable } from './smtp.handlers.js';
import type { ListenerHandlers } from './smtp.listener-handlers.js';

const POSTMASTER = new ForwardPath('postmaster', 'postmaster', '');

/** What is wrong with the recipients of a listener. */
export function recipientProblems({ recipients, traits }: ListenerHandlers, table: HandlerTable): readonly string[] {
  const unreceived = recipients
    .unreceived()
    .map(
      ({ handler, pattern }) =>
        `${handler.info.name}: no @SmtpData() of listener '${traits.id}' receives what @SmtpRcptTo('${pattern!.text}') accepts; add @SmtpData('${pattern!.text}')`,
    );
  // Where nobody decides about recipients anywhere the engine says so.
  const isUnruled = !recipients.hasRule && (table.has('rcpt') || table.hasPatterns);
  return isUnruled
    ? [
        ...unreceived,
        `listener '${traits.id}': mail is taken without login and nothing decides about recipients there: add @SmtpRcptTo(), or a pattern such as @SmtpData('*@example.com'), or write recipients: 'any' if every recipient is meant`,
      ]
    : unreceived;
}

/** RFC 5321 §4.5.1: whoever takes mail from anywhere takes it for its postmaster. */
export function postmasterWarning({ recipients, traits }: ListenerHandlers): readonly string[] {
  const isExempt = traits.loginRequired || traits.role === 'lmtp' || !recipients.takesMessages;
  if (isExempt || recipients.refusal(POSTMASTER) === undefined) return [];
  return [
    `listener '${traits.id}' takes no mail for <postmaster>, as RFC 5321 §4.5.1 demands; add @SmtpData('postmaster@*')`,
  ];
}
