import { Injectable } from '@nestjs/common';
import {
  ApplicationConfig,
  GraphInspector,
  HttpAdapterHost,
  ModuleRef,
  ModulesContainer,
  type NestContainer,
} from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import { SmtpSetupError } from './exceptions/smtp-setup.error.js';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import { SmtpTransport } from './smtp.transport.js';

type Hook = (...args: unknown[]) => unknown;

/**
 * Attaches the transport to whatever application the module is part of: binds the handlers, with the application's
 * global guards, pipes, interceptors and filters; opens the ports after the last bootstrap hook; drains at shutdown.
 */
@Injectable()
export class SmtpAttachment {
  private isHooked = false;

  constructor(
    private readonly transport: SmtpTransport,
    private readonly filter: SmtpExceptionFilter,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Hooks into start and shutdown; before any bootstrap hook has run. */
  hook(): void {
    if (this.isHooked) return;
    this.isHooked = true;
    const root = this.root();
    after(root, 'onApplicationBootstrap', () => this.transport.bootstrapped());
    // The root module's providers apart, nothing is destroyed while mail is still coming in.
    before(root, 'onModuleDestroy', () => this.transport.close());
    const adapter = this.adapterHost.httpAdapter as object | null | undefined;
    if (adapter) before(adapter, 'beforeClose', () => this.transport.close());
  }

  /** Binds the handlers. They get what `connectMicroservice()` with `inheritAppConfig` would give them, and our filter. */
  bind(): Promise<void> {
    this.checkSingle();
    return this.transport.bind(() => {
      const container = containerOf(this.moduleRef);
      const graph = new GraphInspector(container);
      new NestMicroservice(container, { strategy: this.transport }, graph, this.configForSmtp()).registerListeners();
    });
  }

  /** The application's own configuration, with our filter before the global ones: Nest asks the last one first. */
  private configForSmtp(): ApplicationConfig {
    const { config, filter } = this;
    const getGlobalFilters = (): unknown[] => [filter, ...config.getGlobalFilters()];
    return Object.create(config, { getGlobalFilters: { value: getGlobalFilters } }) as ApplicationConfig;
  }

  private checkSingle(): void {
    const ours = [...this.modules.values()].filter(({ providers }) => providers.has(SmtpAttachment));
    if (ours.length === 1) return;
    throw new SmtpSetupError([
      'SmtpModule.forRoot() is imported more than once; import it once, with listeners: [...] for several ports',
    ]);
  }

  /** The instance of the root module: Nest runs its hooks last, as it has the smallest distance. */
  private root(): Record<string, Hook | undefined> {
    const byDistance = [...this.modules.values()].sort((a, b) => b.distance - a.distance);
    return byDistance.at(-1)!.instance as unknown as Record<string, Hook | undefined>;
  }
}

/** The one thing taken from Nest that is not public. NestMicroservice needs it, and there is no other way to it. */
export function containerOf(moduleRef: ModuleRef): NestContainer {
  return moduleRef['container'];
}

function after(target: object, name: string, added: () => Promise<void>): void {
  const hooks = target as Record<string, Hook | undefined>;
  const original = hooks[name];
  hooks[name] = async (...args) => {
    await original?.apply(target, args);
    await added();
  };
}

function before(target: object, name: string, added: () => Promise<void>): void {
  const hooks = target as Record<string, Hook | undefined>;
  const original = hooks[name];
  hooks[name] = async (...args) => {
    await added();
    return original?.apply(target, args);
  };
}
