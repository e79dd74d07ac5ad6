import { Injectable } from '@nestjs/common';
import { SmtpTransport, type SmtpTransportStatus } from './smtp.transport.js';

/** What @nestjs/terminus takes as the result of an indicator. */
export type SmtpHealth<Key extends string> = Record<
  Key,
  {
    readonly status: SmtpTransportStatus;
    /** Ids of the listeners with an open port. */
    readonly listeners: readonly string[];
    /** Sessions that are open. */
    readonly connections: number;
  }
>;

/**
 * Says to @nestjs/terminus whether mail is taken: `up` from the moment all ports are open until the drain begins, so that
 * a load balancer sends nobody to a server that is about to go. SmtpModule provides it; it needs nothing of terminus.
 *
 * @example
 * @Get('health')
 * @HealthCheck()
 * check() { return this.health.check([() => this.smtp.isHealthy('smtp')]); }
 */
@Injectable()
export class SmtpHealthIndicator {
  private status: SmtpTransportStatus = 'down';

  constructor(private readonly transport: SmtpTransport) {
    transport.status.subscribe((status) => (this.status = status));
  }

  isHealthy<const Key extends string>(key: Key): SmtpHealth<Key> {
    const listeners = this.transport.addresses().map(({ id }) => id);
    const health = { status: this.status, listeners, connections: this.transport.connections().length };
    return { [key]: health } as Record<Key, typeof health>;
  }
}
