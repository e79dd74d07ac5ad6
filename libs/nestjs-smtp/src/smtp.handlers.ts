import type { MessageHandler } from '@nestjs/microservices';
import { mechanisms } from 'smtp-engine';
import { patternOf } from './decorators/stage.decorator.js';
import type { HandlerInfo } from './interfaces/handler-info.interface.js';
import { type SmtpStage, stages } from './smtp.stages.js';

/** A handler method, wrapped by Nest in guards, interceptors, pipes and filters. */
export interface Handler {
  readonly run: MessageHandler;
  readonly info: HandlerInfo;
}

/** The handlers of the application, by stage and by what of the stage they take. */
export class HandlerTable {
  private readonly byStage = new Map<SmtpStage, Map<string, Handler>>();
  private readonly found: string[] = [];

  /** What the decorators left in a pattern's extras; undefined for handlers of other transports. */
  static infoIn(extras: Record<string, unknown> | undefined): HandlerInfo | undefined {
    return extras?.['smtp'] as HandlerInfo | undefined;
  }

  add(pattern: string, run: MessageHandler, info: HandlerInfo): void {
    const binding = info.bindings.find((candidate) => patternOf(candidate) === pattern);
    if (binding === undefined) return;
    const { stage, selector } = binding;
    const handlers = this.byStage.get(stage) ?? new Map<string, Handler>();
    this.byStage.set(stage, handlers);
    const earlier = handlers.get(selector);
    if (earlier === undefined) handlers.set(selector, { run, info });
    else this.found.push(`${decoratorOf(stage, selector)} is on ${earlier.info.name} and on ${info.name}; keep one`);
  }

  get isEmpty(): boolean {
    return this.byStage.size === 0;
  }

  /** The handlers of a stage; undefined where there is none. */
  of(stage: SmtpStage): ReadonlyMap<string, Handler> | undefined {
    return this.byStage.get(stage);
  }

  get needsValidator(): boolean {
    return this.all().some(({ info }) => info.parameters.some(({ needsValidator }) => needsValidator));
  }

  /**
   * The mechanisms that handlers name, those a bare `@SmtpAuth()` adds, and SCRAM-SHA-256 for an `@SmtpSecret()` where no
   * SCRAM is named; undefined where nobody handles logins.
   */
  get authMethods(): readonly string[] | undefined {
    const handlers = this.of('auth');
    const hasSecret = this.of('secret') !== undefined;
    if (handlers === undefined && !hasSecret) return undefined;
    const named = [...(handlers?.keys() ?? [])].filter((method) => method !== '*' && method !== 'XCLIENT');
    const ofSecret = hasSecret && !named.some(isScram) ? ['SCRAM-SHA-256'] : [];
    return [...new Set([...ofSecret, ...named, ...(handlers?.has('*') ? ['LOGIN', 'PLAIN'] : [])])];
  }

  /** What is wrong with the handlers by themselves. */
  problems(): readonly string[] {
    if (this.isEmpty) {
      return ['no controller handles anything: put @SmtpData() on a method of a class in controllers: [...]'];
    }
    const unknown = [...(this.of('auth') ?? [])].filter(
      ([method]) => method !== '*' && method !== 'XCLIENT' && !mechanisms.has(method),
    );
    return [
      ...this.found,
      ...this.all().flatMap(({ info }) => info.problems),
      ...unknown.map(([method, { info }]) => {
        const known = [...mechanisms.keys()].join(', ');
        return `${info.name}: @SmtpAuth('${method}') names no known mechanism; there are ${known}, and XCLIENT`;
      }),
    ];
  }

  /** Every handler method once, however many patterns it has. */
  private all(): readonly Handler[] {
    const handlers = [...this.byStage.values()].flatMap((ofStage) => [...ofStage.values()]);
    return [...new Map(handlers.map((handler) => [handler.info, handler])).values()];
  }
}

/** Whether a mechanism needs `@SmtpSecret()`. */
export function isScram(method: string): boolean {
  return mechanisms.get(method)?.requires?.includes('secret') ?? false;
}

function decoratorOf(stage: SmtpStage, selector: string): string {
  return `@${stages[stage].decorator}(${selector === '*' ? '' : `'${selector}'`})`;
}
