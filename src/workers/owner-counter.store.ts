import { Injectable } from '@nestjs/common';
import { type SmtpCount, SmtpCounterStore } from 'nestjs-smtp';
import { OwnerLink } from './owner-link.js';

/** Counts at the owner, for all workers. */
@Injectable()
export class OwnerCounterStore extends SmtpCounterStore {
  constructor(private readonly owner: OwnerLink) {
    super();
  }

  override add(key: string, amount: number, windowMs: number): Promise<SmtpCount> {
    return Promise.resolve(this.owner.ask('count', key, amount, windowMs));
  }
}
