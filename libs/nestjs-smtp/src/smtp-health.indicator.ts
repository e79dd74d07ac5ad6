import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { SmtpTransportChoice } from './smtp.microservice.js';
import type { SmtpTransport, SmtpTransportStatus } from './smtp.transport.js';
import { transportsIn } from './smtp.transports.js';

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
 * a load balancer sends nobody to a server that is about to go. Of several transports all have to be up, unless one is
 * named. SmtpModule provides it; it needs nothing of terminus.
 *
 * @example
 * @Get('health')
 * @HealthCheck()
 * check() { return this.health.check([() => this.smtp.isHealthy('smtp')]); }
 */
@Injectable()
export class SmtpHealthIndicator implements OnModuleInit {
  private readonly states = new Map<SmtpTransport, SmtpTransportStatus>();

  constructor(private readonly modules: ModulesContainer) {}

  onModuleInit(): void {
    for (const transport of transportsIn(this.modules)) {
      transport.status.subscribe((status) => this.states.set(transport, status));
    }
  }

  /**
   * @param key how the result calls it
   * @param choice which transport. Default: all of the application
   * @throws Error for a transport that is not there
   */
  isHealthy<const Key extends string>(key: Key, choice: SmtpTransportChoice = {}): SmtpHealth<Key> {
    const transports = transportsIn(this.modules).filter(({ name }) => name === (choice.transport ?? name));
    if (transports.length === 0) throw new Error(`there is no SMTP transport '${choice.transport}'`);
    const isUp = transports.every((transport) => this.states.get(transport) === 'up');
    const health = {
      status: isUp ? 'up' : 'down',
      listeners: transports.flatMap((transport) => transport.addresses().map(({ id }) => id)),
      connections: transports.flatMap((transport) => transport.connections()).length,
    } as const;
    return { [key]: health } as Record<Key, typeof health>;
  }
}
