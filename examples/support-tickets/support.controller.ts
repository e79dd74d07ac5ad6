import { Controller } from '@nestjs/common';
import { simpleParser } from 'mailparser';
import {
  Envelope,
  ForwardPath,
  type MessageStream,
  SmtpData,
  SmtpEnvelope,
  SmtpException,
  SmtpMessage,
  SmtpRcptTo,
} from 'nestjs-smtp';
import { Tickets } from './tickets.js';

const SUPPORT = /^support\+(?<ticket>\d+)@example\.com$/i;

@Controller()
export class SupportController {
  constructor(private readonly tickets: Tickets) {}

  /** RFC 5321 §4.5.1: postmaster is always there. */
  @SmtpRcptTo()
  recipient({ address }: ForwardPath) {
    if (/^postmaster(@example\.com)?$/i.test(address)) return true;
    const ticket = ticketOf(address);
    if (ticket === undefined || this.tickets.exists(ticket)) return ticket !== undefined;
    throw new SmtpException(550, `There is no ticket ${ticket}`, { enhanced: '5.1.1' });
  }

  @SmtpData()
  async comment(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
    const { subject = '', text = '' } = await simpleParser(message);
    const tickets = new Set(envelope.rcptTo.flatMap(({ address }) => ticketOf(address) ?? []));
    for (const ticket of tickets) this.tickets.add(ticket, { from: envelope.mailFrom.address, subject, text });
    return tickets.size > 0 ? `added to ${[...tickets].join(', ')}` : 'thank you';
  }
}

function ticketOf(address: string): string | undefined {
  return SUPPORT.exec(address)?.groups?.['ticket'];
}
