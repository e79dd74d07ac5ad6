import { Controller } from '@nestjs/common';
import { simpleParser } from 'mailparser';
import {
  Envelope,
  type MessageStream,
  SmtpData,
  SmtpEnvelope,
  SmtpException,
  SmtpMessage,
  SmtpParam,
  SmtpRcptTo,
} from 'nestjs-smtp';
import { Tickets } from './tickets.js';

@Controller()
export class SupportController {
  constructor(private readonly tickets: Tickets) {}

  @SmtpRcptTo('support+:ticket@example.com')
  recipient(@SmtpParam('ticket') ticket: string) {
    if (this.tickets.exists(ticket)) return;
    throw new SmtpException(550, `There is no ticket ${ticket}`, { enhanced: '5.1.1' });
  }

  @SmtpData('support+:ticket@example.com')
  async comment(
    @SmtpParam('ticket') ticket: string,
    @SmtpMessage() message: MessageStream,
    @SmtpEnvelope() envelope: Envelope,
  ) {
    const { subject = '', text = '' } = await simpleParser(message);
    this.tickets.add(ticket, { from: envelope.mailFrom.address, subject, text });
    return `added to ${ticket}`;
  }

  /** RFC 5321 §4.5.1: somebody always takes mail for postmaster. */
  @SmtpData('postmaster@*')
  async postmaster(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
    const { subject = '', text = '' } = await simpleParser(message);
    this.tickets.open({ from: envelope.mailFrom.address, subject, text });
  }
}
