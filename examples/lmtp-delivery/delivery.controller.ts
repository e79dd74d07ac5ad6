import { buffer } from 'node:stream/consumers';
import { Controller } from '@nestjs/common';
import {
  Envelope,
  ForwardPath,
  type MessageStream,
  returnPathField,
  SmtpData,
  SmtpEnvelope,
  SmtpException,
  SmtpMessage,
  SmtpRcptTo,
} from 'nestjs-smtp';
import { Mailboxes } from './mailboxes.js';

@Controller()
export class DeliveryController {
  constructor(private readonly mailboxes: Mailboxes) {}

  @SmtpRcptTo()
  recipient({ address }: ForwardPath) {
    return this.mailboxes.has(address);
  }

  /** One answer for each recipient, in their order: the server in front tries again only for those who got none. */
  @SmtpData()
  async deliver(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
    const field = returnPathField(envelope.mailFrom.address);
    const mail = Buffer.concat([Buffer.from(field), await buffer(message)]);
    return envelope.rcptTo.map(({ address }) => this.outcome(address, mail));
  }

  private outcome(address: string, mail: Buffer): string | SmtpException {
    try {
      this.mailboxes.deliver(address, mail);
      return `delivered to ${address}`;
    } catch (cause) {
      return new SmtpException(452, 'Mailbox full', { enhanced: '4.2.2', cause });
    }
  }
}
