import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, GraphInspector, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import { containerOf } from './nest-container.js';
import { SMTP_OWN_TRANSPORT } from './smtp.constants.js';
import { hookLifecycle } from './smtp.lifecycle.js';
import type { SmtpTransport } from './smtp.transport.js';
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

  /** Binds the handlers. They get what `connectMicroservice()` with `inheritAppConfig` would give them, and our filter. */
  async bind(): Promise<void> {
    if (!this.isFirst) return;
    this.logInherited();
    await this.group.bind((transport) => {
      const container = containerOf(this.moduleRef);
      const graph = new GraphInspector(container);
      new NestMicroservice(container, { strategy: transport }, graph, this.configForSmtp()).registerListeners();
    });
  }

  private get group(): TransportGroup {
    return new TransportGroup(this.modules);
  }

  private get isFirst(): boolean {
    return this.group.first === this.transport;
  }

  /** Names what of the application now runs for mail too: a guard made for HTTP is best noticed at the start. */
  private logInherited(): void {
    const { config } = this;
    const inherited = {
      guards: [...config.getGlobalGuards(), ...config.getGlobalRequestGuards()],
      pipes: [...config.getGlobalPipes(), ...config.getGlobalRequestPipes()],
      interceptors: [...config.getGlobalInterceptors(), ...config.getGlobalRequestInterceptors()],
      filters: [...config.getGlobalFilters(), ...config.getGlobalRequestFilters()],
    };
    const kinds = Object.entries(inherited).filter(([, enhancers]) => enhancers.length > 0);
    if (kinds.length === 0) return;
    const named = kinds.map(([kind, enhancers]) => `${kind} ${enhancers.map(nameOf).join(', ')}`);
    this.logger.log(`global ${named.join('; ')} run for mail as well`);
  }

  /** The application's own configuration, with our filter before the global ones: Nest asks the last one first. */
  private configForSmtp(): ApplicationConfig {
    const { config, filter } = this;
    const getGlobalFilters = (): unknown[] => [filter, ...config.getGlobalFilters()];
    return Object.create(config, { getGlobalFilters: { value: getGlobalFilters } }) as ApplicationConfig;
  }
}

/** Of an enhancer, or of Nest's wrapper around one that is made for each request. */
function nameOf(enhancer: { readonly name?: unknown; readonly metatype?: unknown }): string {
  const type = typeof enhancer.metatype === 'function' ? enhancer.metatype : enhancer.constructor;
  return type.name;
}
