import { AddressList, type ListenerOptions, selfSignedCertificate, type SmtpServerOptions } from 'smtp-engine';
import type { SmtpRole } from './interfaces/handler-place.interface.js';
import type { SmtpListenerOptions, SmtpModuleOptions } from './interfaces/smtp-module-options.interface.js';
import { checkAuthMethods, handledMethods, withoutReported } from './smtp.auth-methods.js';
import type { HandlerTable } from './smtp.handlers.js';
import type { ListenerHandlers, ListenerTraits } from './smtp.listener-handlers.js';
import { postmasterWarning, recipientProblems } from './smtp.recipient-checks.js';
import { applyRole, roleProblems } from './smtp.roles.js';
import { routingProblems, routingTraits } from './smtp.route-options.js';
import { engineOptions } from './smtp.option-names.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';
import { trustWarnings } from './smtp.trust-warnings.js';

/** What the engine is given: the shared options, and those of each listener. */
export interface ListenerPlan {
  readonly shared: SmtpServerOptions;
  readonly listeners: readonly PlannedListener[];
  /** The handlers that hold at each, by its id. */
  readonly handlers: ReadonlyMap<string, ListenerHandlers>;
  /** Ids of the listeners that got a throw-away certificate. */
  readonly selfSigned: readonly string[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

type PlannedListener = ListenerOptions & { readonly id: string };

const LOOPBACK = new AddressList(['127.0.0.0/8', '::1']);
const PLACE = ['port', 'host', 'path', 'backlog', 'role'] as const;

/** Makes the engine's options of the module's: listeners and their roles, the mechanisms to offer, certificates. */
export async function planListeners(
  options: SmtpModuleOptions,
  transport: string,
  table: HandlerTable,
): Promise<ListenerPlan> {
  const { listeners: given, selfSigned: wanted, autoListen: _, port, host, path, backlog, role, ...shared } = options;
  const written = withIds(given ?? [{ port, host, path, backlog, role } as SmtpListenerOptions], transport);
  const ownOptions = given === undefined ? written.map((listener) => ({ ...shared, ...listener })) : written;
  const problems = [...(given === undefined ? [] : checkList(options, given)), ...ownOptions.flatMap(roleProblems)];

  const withRoles = written.map((listener) => applyRole(listener, { ...shared, ...listener }));
  const traits = withRoles.map((listener, index) => traitsOf({ ...shared, ...listener }, written[index]!.role));
  const handlers = new Map(traits.map((each) => [each.id, table.at(each)]));
  problems.push(...withRoles.flatMap((listener) => routingProblems({ ...shared, ...listener })));
  problems.push(...table.placeProblems(traits));
  const listeners = withRoles.map((listener) => withAuthMethods(listener, shared, handlers.get(listener.id)!, table));
  const withAuth = listeners.filter((listener) => !disables({ ...shared, ...listener }, 'AUTH'));
  problems.push(...withAuth.flatMap((listener) => checkAuthMethods(listener, handlers.get(listener.id)!)));
  problems.push(...checkXClient(shared, listeners, table));
  problems.push(...[...handlers.values()].flatMap((each) => recipientProblems(each, table)));

  const usable = listeners.map((each) => withoutReported(each, handlers.get(each.id)!, table.has('secret')));
  const bare = usable.filter((listener) => needsCertificate({ ...shared, ...listener }));
  problems.push(...bare.flatMap((listener) => (wanted === true ? [] : refuseThrowAway(listener))));
  const plan = {
    shared: engineOptions(shared, 'server'),
    handlers,
    problems,
    warnings: [
      ...[...handlers.values()].flatMap(postmasterWarning),
      ...usable.flatMap((listener) => trustWarnings({ ...shared, ...listener })),
    ],
  };
  if (bare.length === 0)
    return { ...plan, listeners: usable.map((each) => engineOptions(each, 'listener')), selfSigned: [] };
  // Also where it is refused, so that the engine finds what else is wrong.
  const certificate = await selfSignedCertificate(['localhost', '127.0.0.1', '::1']);
  return {
    ...plan,
    listeners: usable.map((listener) => {
      const certified = bare.includes(listener) ? { host: '127.0.0.1', ...listener, ...certificate } : listener;
      return engineOptions(certified, 'listener');
    }),
    selfSigned: bare.map(({ id }) => id),
  };
}

/** The listeners as they were written, each with an id that no other one of the application has by default. */
export function withIds(
  listeners: readonly SmtpListenerOptions[],
  transport: string,
): readonly (SmtpListenerOptions & { readonly id: string })[] {
  const prefix = transport === DEFAULT_TRANSPORT ? 'listener' : transport;
  return listeners.map((listener, index) => ({
    id: index === 0 ? transport : `${prefix}-${index + 1}`,
    ...definedOnly(listener),
  }));
}

/** What of a listener decides which handlers hold there. */
function traitsOf(listener: PlannedListener, role: SmtpRole = 'submission'): ListenerTraits {
  const { id, authOptional = false, recipients } = listener;
  return {
    id,
    role,
    loginRequired: !disables(listener, 'AUTH') && !authOptional,
    takesAnyRecipient: recipients === 'any',
    ...routingTraits(listener),
  };
}

/** Unless it is said which mechanisms to offer, those that are handled there. */
function withAuthMethods(
  listener: PlannedListener,
  shared: SmtpServerOptions,
  handlers: ListenerHandlers,
  table: HandlerTable,
): PlannedListener {
  const authMethods = listener.authMethods ?? shared.authMethods ?? handledMethods(handlers);
  if (authMethods.length === 0 && !table.has('auth') && !table.has('secret')) return listener;
  return { ...listener, authMethods };
}

/** An explicit `undefined` at a listener means "as above", not "none". */
function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function checkList(options: SmtpModuleOptions, listeners: readonly ListenerOptions[]): string[] {
  const stray = PLACE.filter((option) => options[option] !== undefined);
  return [
    ...(listeners.length === 0 ? ['listeners is empty; name one, or leave it out and give port'] : []),
    ...stray.map((option) => `${option} stands beside listeners; put it into the listener it belongs to`),
  ];
}

function checkXClient(
  shared: SmtpServerOptions,
  listeners: readonly ListenerOptions[],
  table: HandlerTable,
): readonly string[] {
  const handler = table.find('auth', 'XCLIENT');
  const isTaken = listeners.some((listener) => Boolean({ ...shared, ...listener }.useXClient));
  if (handler === undefined || isTaken) return [];
  return [
    `${handler.info.name}: @SmtpAuth('XCLIENT') is never called without useXClient; list the proxies you trust, such as useXClient: ['10.0.0.5']`,
  ];
}

/** Whether TLS belongs to a listener, and nothing was given for it. */
function needsCertificate(listener: ListenerOptions): boolean {
  if (listener.key !== undefined || listener.cert !== undefined || listener.pfx !== undefined) return false;
  if (listener.secure === true) return true;
  // Nobody listens in on a Unix socket.
  return !disables(listener, 'STARTTLS') && !(listener.lmtp === true && listener.path !== undefined);
}

function disables({ disabledCommands = [] }: ListenerOptions, verb: string): boolean {
  return disabledCommands.some((disabled) => disabled.trim().toUpperCase() === verb);
}

/** A certificate that nobody trusts is for development; anywhere else it has to be asked for. */
function refuseThrowAway({ id, host, path }: ListenerOptions): readonly string[] {
  const remedy = 'give key and cert, or write selfSigned: true for one that nobody trusts';
  if (process.env['NODE_ENV'] === 'production') {
    return [`listener '${id}' has no certificate, and NODE_ENV is production; ${remedy}`];
  }
  const isLocal = path !== undefined || host === undefined || host === 'localhost' || LOOPBACK.has(host);
  return isLocal ? [] : [`listener '${id}' has no certificate, and ${host} is not loopback; ${remedy}`];
}
