import type { MessageHandler } from '@nestjs/microservices';
import { mechanisms } from 'smtp-engine';
import { keyOf, patternOf } from './decorators/stage.decorator.js';
import { transportOfClass } from './decorators/use-smtp-transport.decorator.js';
import type { HandlerBinding, HandlerInfo } from './interfaces/handler-info.interface.js';
import type { OptionalPeer } from './optional-peers.js';
import {
  type HandlerEntry,
  holdsAt,
  isOfRole,
  ListenerHandlers,
  type ListenerTraits,
} from './smtp.listener-handlers.js';
import { type SmtpStage, stages } from './smtp.stages.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';

/** A handler method, wrapped by Nest in guards, interceptors, pipes and filters. */
export interface Handler {
  readonly run: MessageHandler;
  readonly info: HandlerInfo;
}

/** The handlers of a transport: one for each stage, place and part of the stage. */
export class HandlerTable {
  private readonly entries = new Map<string, HandlerEntry>();
  private readonly found: string[] = [];
  /** Those whose pattern is none: they hold nowhere, and are known for what is wrong with them. */
  private readonly broken: HandlerEntry[] = [];
  /** What belongs to other transports. */
  private readonly foreign: HandlerEntry[] = [];
  /** Names of all transports of the application. */
  transports: readonly string[] = [];

  /** @param transport whose handlers these are, by its name */
  constructor(private readonly transport: string) {}

  /** What the decorators left in a pattern's extras; undefined for handlers of other transports. */
  static infoIn(extras: Record<string, unknown> | undefined): HandlerInfo | undefined {
    return extras?.['smtp'] as HandlerInfo | undefined;
  }

  add(pattern: string, run: MessageHandler, info: HandlerInfo): void {
    const binding = info.bindings.find((candidate) => patternOf(candidate) === pattern);
    if (binding === undefined) return;
    if (transportOf(binding, info) !== this.transport) {
      this.foreign.push({ binding, handler: { run, info } });
      return;
    }
    if (binding.isBroken === true) {
      this.broken.push({ binding, handler: { run, info } });
      return;
    }
    const key = keyOf(binding);
    const earlier = this.entries.get(key);
    if (earlier === undefined) this.entries.set(key, { binding, handler: { run, info } });
    else this.found.push(`${decoratorOf(binding)} is on ${earlier.handler.info.name} and on ${info.name}; keep one`);
  }

  get isEmpty(): boolean {
    return this.entries.size + this.broken.length === 0;
  }

  /** Whether anybody handles a stage anywhere. */
  has(stage: SmtpStage): boolean {
    return this.bindingsOf(stage).length > 0;
  }

  get hasPatterns(): boolean {
    return [...this.entries.values()].some(({ binding }) => binding.pattern !== undefined);
  }

  /** The handlers that hold at a listener. */
  at(traits: ListenerTraits): ListenerHandlers {
    return new ListenerHandlers([...this.entries.values()], traits);
  }

  /** The optional packages that parameters need. */
  get peers(): ReadonlySet<OptionalPeer> {
    const wanted = this.all().flatMap(({ info }) => info.parameters.map(({ needs }) => needs));
    return new Set(wanted.filter((peer) => peer !== undefined));
  }

  /** The handler that takes a part of a stage, wherever it holds. */
  find(stage: SmtpStage, selector: string): Handler | undefined {
    return this.bindingsOf(stage).find(({ binding }) => binding.selector === selector)?.handler;
  }

  /** What is wrong with the handlers by themselves. */
  problems(): readonly string[] {
    if (this.isEmpty) {
      const bound = this.transport === DEFAULT_TRANSPORT ? '' : `{ transport: '${this.transport}' }`;
      return [
        ...this.lostProblems(),
        `no controller handles anything: put @SmtpData(${bound}) on a method of a class in controllers: [...]`,
      ];
    }
    const unknown = this.bindingsOf('auth').filter(
      ({ binding: { selector } }) => selector !== '*' && selector !== 'XCLIENT' && !mechanisms.has(selector),
    );
    return [
      ...this.found,
      ...this.lostProblems(),
      ...this.all().flatMap(({ info }) => info.problems),
      ...unknown.map(({ binding, handler: { info } }) => {
        const known = [...mechanisms.keys()].join(', ');
        return `${info.name}: @SmtpAuth('${binding.selector}') names no known mechanism; there are ${known}, and XCLIENT`;
      }),
    ];
  }

  /**
   * Handlers that hold at none of the listeners, by mistake: a role that no listener has is none, since one application may
   * run with several sets of listeners.
   */
  placeProblems(listeners: readonly ListenerTraits[]): readonly string[] {
    const nowhere = [...this.entries.values()].filter(
      ({ binding }) => !isOfRole(binding) && !listeners.some((each) => holdsAt(binding, each)),
    );
    return nowhere.map(({ binding, handler: { info } }) => {
      const remedy =
        binding.place === '*'
          ? 'patterns hold where no login is required; bind it with { listener: … } or { role: … }'
          : 'none is called so';
      const ids = listeners.map(({ id, role }) => `'${id}' (${role})`).join(', ');
      return `${info.name}: ${decoratorOf(binding)} holds at no listener: ${remedy}; there are ${ids}`;
    });
  }

  /** Handlers for a transport that the application does not have. */
  private lostProblems(): readonly string[] {
    const names = this.transports.map((name) => `'${name}'`).join(', ');
    return this.foreign.flatMap(({ binding, handler: { info } }) => {
      const wanted = transportOf(binding, info);
      if (this.transports.includes(wanted)) return [];
      return [
        `${info.name}: ${decoratorOf(binding)} is for transport '${wanted}', which no SmtpModule.forRoot() has; there are ${names}: bind it with { transport: … } or @UseSmtpTransport(…)`,
      ];
    });
  }

  private bindingsOf(stage: SmtpStage): readonly HandlerEntry[] {
    return [...this.entries.values()].filter(({ binding }) => binding.stage === stage);
  }

  /** Every handler method once, however many patterns it has. */
  private all(): readonly Handler[] {
    const entries = [...this.broken, ...this.entries.values()];
    return [...new Map(entries.map(({ handler }) => [handler.info, handler])).values()];
  }
}

/** Name of the transport that a binding of a method belongs to. */
export function transportOf(binding: HandlerBinding, { controller }: HandlerInfo): string {
  return binding.transport ?? transportOfClass(controller) ?? DEFAULT_TRANSPORT;
}

/** Whether a mechanism needs `@SmtpSecret()`. */
export function isScram(method: string): boolean {
  return mechanisms.get(method)?.requires?.includes('secret') ?? false;
}

function decoratorOf(binding: HandlerBinding): string {
  const { stage, selector, place, pattern, transport } = binding;
  const [kind, name] = isOfRole(binding) ? ['role', place.slice('role:'.length)] : ['listener', place];
  const where = [
    ...(place === '*' ? [] : [`${kind}: '${name}'`]),
    ...(transport === undefined ? [] : [`transport: '${transport}'`]),
  ];
  const args = [
    ...(selector === '*' ? [] : [`'${pattern?.text ?? selector}'`]),
    ...(where.length === 0 ? [] : [`{ ${where.join(', ')} }`]),
  ];
  return `@${stages[stage].decorator}(${args.join(', ')})`;
}
