import { AddressList, type ListenerOptions, selfSignedCertificate, type SmtpServerOptions } from 'smtp-engine';
import type { SmtpModuleOptions } from './interfaces/smtp-module-options.interface.js';
import { type HandlerTable, isScram } from './smtp.handlers.js';

/** What the engine is given: the shared options, and those of each listener. */
export interface ListenerPlan {
  readonly shared: SmtpServerOptions;
  readonly listeners: readonly (ListenerOptions & { readonly id: string })[];
  /** Ids of the listeners that got a throw-away certificate. */
  readonly selfSigned: readonly string[];
  readonly problems: readonly string[];
}

const LOOPBACK = new AddressList(['127.0.0.0/8', '::1']);
const PLACE = ['port', 'host', 'path', 'backlog'] as const;

/** Makes the engine's options of the module's: listeners, the mechanisms to offer, certificates. */
export async function planListeners(options: SmtpModuleOptions, handlers: HandlerTable): Promise<ListenerPlan> {
  const { listeners: given, selfSigned: wanted, autoListen: _, port, host, path, backlog, ...engine } = options;
  const shared: SmtpServerOptions = {
    ...engine,
    ...(engine.authMethods === undefined && handlers.authMethods !== undefined
      ? { authMethods: handlers.authMethods }
      : {}),
  };
  const problems = given === undefined ? [] : checkList(options, given);
  const listeners = (given ?? [definedOnly({ port, host, path, backlog })]).map((listener, index) => ({
    id: index === 0 ? 'default' : `listener-${index + 1}`,
    ...definedOnly(listener),
  }));
  problems.push(...listeners.flatMap((listener) => checkAuthMethods({ ...shared, ...listener }, handlers)));
  const usable =
    handlers.of('secret') === undefined ? listeners.map((listener) => withoutScram(shared, listener)) : listeners;
  problems.push(...checkXClient(shared, listeners, handlers));

  const bare = usable.filter((listener) => needsCertificate({ ...shared, ...listener }));
  problems.push(...bare.flatMap((listener) => (wanted === true ? [] : refuseThrowAway(listener))));
  if (bare.length === 0) return { shared, listeners: usable, selfSigned: [], problems };
  // Also where it is refused, so that the engine finds what else is wrong.
  const certificate = await selfSignedCertificate(['localhost', '127.0.0.1', '::1']);
  return {
    shared,
    problems,
    listeners: usable.map((listener) =>
      bare.includes(listener) ? { host: '127.0.0.1', ...listener, ...certificate } : listener,
    ),
    selfSigned: bare.map(({ id }) => id),
  };
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

function checkAuthMethods(listener: ListenerOptions, handlers: HandlerTable): readonly string[] {
  const ofAuth = handlers.of('auth');
  const hasSecret = handlers.of('secret') !== undefined;
  return (listener.authMethods ?? [])
    .map((method) => method.trim().toUpperCase())
    .filter(
      (method) => method !== 'XCLIENT' && (isScram(method) ? !hasSecret : !ofAuth?.has('*') && !ofAuth?.has(method)),
    )
    .map((method) =>
      isScram(method)
        ? `listener '${listener.id}': ${method} needs what is stored of users; add @SmtpSecret() to a method that gives it`
        : `listener '${listener.id}': authMethods names ${method}, which nobody handles; add @SmtpAuth('${method}'), or @SmtpAuth() for all the rest`,
    );
}

/** What `checkAuthMethods()` has said about SCRAM the engine need not say again. */
function withoutScram<T extends ListenerOptions>(shared: SmtpServerOptions, listener: T): T {
  const { authMethods } = { ...shared, ...listener };
  const rest = authMethods?.filter((method) => !isScram(method.trim().toUpperCase()));
  if (authMethods === undefined || rest!.length === authMethods.length) return listener;
  return { ...listener, authMethods: rest!.length > 0 ? rest : ['PLAIN'] };
}

function checkXClient(
  shared: SmtpServerOptions,
  listeners: readonly ListenerOptions[],
  handlers: HandlerTable,
): readonly string[] {
  const handler = handlers.of('auth')?.get('XCLIENT');
  const isTaken = listeners.some((listener) => Boolean({ ...shared, ...listener }.useXClient));
  if (handler === undefined || isTaken) return [];
  return [
    `${handler.info.name}: @SmtpAuth('XCLIENT') is never called without useXClient; list the proxies you trust, such as useXClient: ['10.0.0.5']`,
  ];
}

/** Whether TLS belongs to a listener, and nothing was given for it. */
function needsCertificate(listener: ListenerOptions): boolean {
  if (listener.key !== undefined || listener.cert !== undefined || listener.pfx !== undefined) return false;
  const withoutStartTls = listener.disabledCommands?.some((verb) => verb.trim().toUpperCase() === 'STARTTLS') ?? false;
  return listener.secure === true || !withoutStartTls;
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
