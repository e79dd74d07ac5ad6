import { type Envelope, type ForwardPath, type MailPath, replies, Reply } from 'smtp-engine';
import type { Handler } from '../smtp.handlers.js';
import type { Params } from './glob.js';
import type { RecipientPattern } from './recipient-pattern.js';

/** A handler of recipients or of their messages; without a pattern it takes all that no other one takes. */
export interface Route {
  readonly handler: Handler;
  readonly pattern: RecipientPattern | undefined;
}

/** A route that an address takes. */
export interface RouteMatch extends Route {
  readonly params: Params;
}

/** What of a transaction goes to one handler. */
export interface RouteShare extends RouteMatch {
  /** Its recipients, in their order. */
  readonly recipients: readonly ForwardPath[];
}

const NO_PARAMS: Params = Object.freeze({});
/** RFC 5321 §4.5.3.1.10: the client sends the rest in a transaction of its own. */
const otherRoute = new Reply(452, '4.5.3', 'Send this recipient in another transaction');

/**
 * The recipients of a listener: who is taken, who decides, and whose handlers get the message. One transaction takes one
 * route, with one set of parameters, unless several may share it.
 */
export class RecipientRules {
  /** Who gets every message, whoever its recipients are; undefined where that depends on them. */
  readonly receiverOfAll: RouteMatch | undefined;
  private readonly rcpt: readonly RouteMatch[];
  private readonly data: readonly RouteMatch[];
  /** Some handlers of messages take some recipients only. */
  private readonly hasRoutes: boolean;

  /**
   * @param decides handlers of recipients; `takes` those of messages
   * @param isOpenToAll recipients that nobody decides about are taken: their senders have logged in, or it is meant so
   * @param manyRoutes a transaction may have recipients of several routes
   */
  constructor(
    decides: readonly Route[],
    takes: readonly Route[],
    private readonly isOpenToAll: boolean,
    private readonly manyRoutes = false,
  ) {
    this.rcpt = decides.map(withoutParams).sort(bySpecificity);
    this.data = takes.map(withoutParams).sort(bySpecificity);
    this.hasRoutes = this.data.some(({ pattern }) => pattern !== undefined);
    this.receiverOfAll = this.hasRoutes ? undefined : this.data[0];
  }

  /** Whether the recipients matter to nobody. */
  get isTrivial(): boolean {
    return this.rcpt.length === 0 && !this.hasRoutes && (this.isOpenToAll || this.data.length === 0);
  }

  /** Whether there is a rule that says no to somebody. */
  get hasRule(): boolean {
    return this.isOpenToAll || this.rcpt.length > 0 || this.hasRoutes;
  }

  get takesMessages(): boolean {
    return this.data.length > 0;
  }

  /** Who decides about a recipient. */
  decider(path: MailPath): RouteMatch | undefined {
    return find(this.rcpt, path);
  }

  /** Whose handlers get the message, each with its own recipients, in the order of the first of them. */
  receivers({ rcptTo }: Envelope): readonly RouteShare[] {
    const shares = new Map<string, RouteShare & { readonly recipients: ForwardPath[] }>();
    for (const path of rcptTo) {
      const match = find(this.data, path);
      if (match === undefined) continue;
      const key = keyOf(match);
      const share = shares.get(key);
      if (share === undefined) shares.set(key, { ...match, recipients: [path] });
      else share.recipients.push(path);
    }
    return [...shares.values()];
  }

  /** Whose handler a failure with a message is of, as far as can be told when the transaction may be over. */
  nameReceiver(envelope: Envelope | undefined): string | undefined {
    const routes = this.data.length === 1 || envelope === undefined ? this.data : this.receivers(envelope);
    return routes.length === 1 ? routes[0]!.handler.info.name : undefined;
  }

  /** Why a recipient cannot be taken, whoever decides; undefined where it can. */
  refusal(path: ForwardPath, envelope?: Envelope): Reply | undefined {
    const route = find(this.data, path);
    if (route === undefined && this.takesMessages) return replies.mailboxUnavailable;
    const isKnown = this.isOpenToAll || route?.pattern !== undefined || this.decider(path) !== undefined;
    if (!isKnown) return replies.mailboxUnavailable;
    if (!this.hasRoutes || this.manyRoutes) return undefined;
    const first = envelope?.rcptTo[0];
    return first === undefined || isSame(route, find(this.data, first)) ? undefined : otherRoute;
  }

  /** Patterns of recipients whose messages nobody would get. */
  unreceived(): readonly Route[] {
    const takesAll = this.data.some(({ pattern }) => pattern === undefined);
    if (takesAll || !this.takesMessages)
      return takesAll ? [] : this.rcpt.filter(({ pattern }) => pattern !== undefined);
    return this.rcpt.filter(
      ({ pattern }) => pattern !== undefined && !this.data.some((route) => route.pattern!.overlaps(pattern)),
    );
  }
}

function withoutParams(route: Route): RouteMatch {
  return { ...route, params: NO_PARAMS };
}

function find(routes: readonly RouteMatch[], path: MailPath): RouteMatch | undefined {
  for (const route of routes) {
    if (route.pattern === undefined) return route;
    const params = route.pattern.match(path);
    if (params !== undefined) return { ...route, params };
  }
  return undefined;
}

function isSame(a: RouteMatch | undefined, b: RouteMatch | undefined): boolean {
  return a === undefined || b === undefined ? a === b : keyOf(a) === keyOf(b);
}

/** The same for one route with one set of parameters. */
function keyOf({ pattern, params }: RouteMatch): string {
  return JSON.stringify([pattern?.key, ...Object.values(params)]);
}

/** Whoever takes all comes last. */
function bySpecificity({ pattern: a }: Route, { pattern: b }: Route): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a.compare(b);
}
