import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, GraphInspector, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import { directCalls } from './backend/direct-calls.js';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import { containerOf } from './nest-container.js';
import { SMTP_OWN_TRANSPORT } from './smtp.constants.js';
import { describeInheritance, inheritedConfig, inheritsNothing } from './smtp.inheritance.js';
import { hookLifecycle } from './smtp.lifecycle.js';
import type { SmtpTransport } from './smtp.transport.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';
import { TransportGroup } from './smtp.transport-group.js';

/**
 * Attaches a transport to whatever application the module is part of: binds the handlers, with the application's
 * global guards, pipes, interceptors and filters; opens the ports after the last bootstrap hook; drains at shutdown.
 * Of several, the first does so for all.
 */
@Injectable()
export class SmtpAttachment {
  private readonly logger = new Logger('SmtpModule');
  private isHooked = false;

  constructor(
    @Inject(SMTP_OWN_TRANSPORT) private readonly transport: SmtpTransport,
    private readonly filter: SmtpExceptionFilter,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Hooks into start and shutdown, once; before any bootstrap hook has run. */
  hook(): void {
    if (this.isHooked || !this.isFirst) return;
    this.isHooked = true;
    hookLifecycle(this.modules, this.adapterHost.httpAdapter, {
      started: () => this.group.bootstrapped(),
      stopping: () => this.group.close(),
    });
  }

  /** Binds the handlers. They get what `connectMicroservice()` with `inheritAppConfig` would give them, unless `inherit` says less. */
  async bind(): Promise<void> {
    if (!this.isFirst) return;
    await this.group.bind((transport) => {
      for (const sentence of describeInheritance(this.config, transport.inherit)) this.tell(transport, sentence);
      const config = inheritedConfig(this.config, transport.inherit, this.filter);
      if (inheritsNothing(this.config, transport.inherit, this.filter)) transport.direct = directCalls(this.modules);
      const container = containerOf(this.moduleRef);
      const graph = new GraphInspector(container);
      new NestMicroservice(container, { strategy: transport }, graph, config).registerListeners();
    });
  }

  private tell({ name }: SmtpTransport, sentence: string): void {
    this.logger.log(name === DEFAULT_TRANSPORT ? sentence : `transport '${name}': ${sentence}`);
  }

  private get group(): TransportGroup {
    return new TransportGroup(this.modules);
  }

  private get isFirst(): boolean {
    return this.group.first === this.transport;
  }
}
