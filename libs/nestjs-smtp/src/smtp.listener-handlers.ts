import type { SmtpRole } from './interfaces/handler-place.interface.js';
import type { HandlerBinding } from './interfaces/handler-info.interface.js';
import { RecipientRules, type Route } from './routing/recipient-rules.js';
import type { Handler } from './smtp.handlers.js';
import type { RoutingTraits } from './smtp.route-options.js';
import type { SmtpStage } from './smtp.stages.js';

/** What of a listener decides which handlers hold there. */
export interface ListenerTraits extends RoutingTraits {
  readonly id: string;
  readonly role: SmtpRole;
  /** Mail is taken from logged-in clients only. */
  readonly loginRequired: boolean;
  /** `recipients: 'any'` */
  readonly takesAnyRecipient: boolean;
}

/** One thing that a handler handles. */
export interface HandlerEntry {
  readonly binding: HandlerBinding;
  readonly handler: Handler;
}

/** The handlers that hold at one listener. One that is bound to it wins over one bound to its role, and that over others. */
export class ListenerHandlers {
  readonly recipients: RecipientRules;
  private readonly byStage = new Map<SmtpStage, Map<string, HandlerEntry>>();

  constructor(
    entries: readonly HandlerEntry[],
    readonly traits: ListenerTraits,
  ) {
    const holding = entries.filter(({ binding }) => holdsAt(binding, traits));
    for (const entry of holding.sort((a, b) => closeness(a.binding) - closeness(b.binding))) {
      const { stage, selector } = entry.binding;
      const handlers = this.byStage.get(stage) ?? new Map<string, HandlerEntry>();
      this.byStage.set(stage, handlers.set(selector, entry));
    }
    const isOpenToAll = traits.loginRequired || traits.takesAnyRecipient;
    this.recipients = new RecipientRules(this.routes('rcpt'), this.routes('data'), isOpenToAll, traits.manyRoutes);
  }

  /** The handler of a stage, by what of the stage it takes. */
  find(stage: SmtpStage, selector = '*'): Handler | undefined {
    return this.byStage.get(stage)?.get(selector)?.handler;
  }

  /** What the handlers of a stage take. */
  selectors(stage: SmtpStage): readonly string[] {
    return [...(this.byStage.get(stage)?.keys() ?? [])];
  }

  private routes(stage: 'rcpt' | 'data'): readonly Route[] {
    const entries = [...(this.byStage.get(stage)?.values() ?? [])];
    return entries.map(({ binding, handler }) => ({ handler, pattern: binding.pattern }));
  }
}

/**
 * Whether a binding holds at a listener. A pattern says which recipients are ours, which is no question where people log in
 * to send anywhere: it holds there only if it is bound there.
 */
export function holdsAt({ place, pattern }: HandlerBinding, { id, role, loginRequired }: ListenerTraits): boolean {
  if (place === '*') return pattern === undefined || !loginRequired;
  return place === id || place === placeOfRole(role);
}

/** A role as the place of a binding. */
export function placeOfRole(role: string): string {
  return `role:${role}`;
}

export function isOfRole({ place }: HandlerBinding): boolean {
  return place.startsWith(placeOfRole(''));
}

function closeness(binding: HandlerBinding): number {
  if (binding.place === '*') return 0;
  return isOfRole(binding) ? 1 : 2;
}
