import { Controller } from '@nestjs/common';
import { type Session, SmtpClose, SmtpConnect } from 'nestjs-smtp';
import { type Reply, replies } from 'smtp-engine';
import { AppConfig } from '../config/app-config.js';
import { OwnerLink } from './owner-link.js';

/** Asks the owner for a place for each connection, where their number has a limit. */
@Controller()
export class PlacesController {
  private readonly isLimited: boolean;

  constructor(
    private readonly owner: OwnerLink,
    { maxClients, maxClientsPerAddress }: AppConfig,
  ) {
    this.isLimited = maxClients !== undefined || maxClientsPerAddress !== undefined;
  }

  @SmtpConnect()
  async enter({ id, clientNetwork, remoteAddress }: Session): Promise<Reply | undefined> {
    if (!this.isLimited) return undefined;
    const hasPlace = await this.owner.ask('enter', id, clientNetwork ?? remoteAddress);
    return hasPlace ? undefined : replies.tooManyConnections;
  }

  @SmtpClose()
  async leave({ id }: Session): Promise<void> {
    if (this.isLimited) await this.owner.ask('leave', id);
  }
}
