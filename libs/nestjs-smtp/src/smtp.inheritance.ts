import type { ApplicationConfig } from '@nestjs/core';
import { nearestName } from 'smtp-engine';
import { refusalKeeper } from './backend/kept-refusals.js';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import type { SmtpInheritance } from './interfaces/inheritance.interface.js';

type Kind = keyof SmtpInheritance;
type Getter = 'getGlobalGuards' | 'getGlobalPipes' | 'getGlobalInterceptors' | 'getGlobalFilters';
type RequestGetter = `getGlobalRequest${'Guards' | 'Pipes' | 'Interceptors' | 'Filters'}`;

/** How Nest is asked for the enhancers of each kind: for those that live as long as the application, and for the others. */
const GETTERS: Readonly<Record<Kind, readonly [Getter, RequestGetter]>> = {
  guards: ['getGlobalGuards', 'getGlobalRequestGuards'],
  pipes: ['getGlobalPipes', 'getGlobalRequestPipes'],
  interceptors: ['getGlobalInterceptors', 'getGlobalRequestInterceptors'],
  filters: ['getGlobalFilters', 'getGlobalRequestFilters'],
};
const KINDS = Object.keys(GETTERS) as Kind[];

/** What Nest asks wrappers of those that are made for each request; this one is the same for all. */
const keeperForRequests = {
  token: refusalKeeper,
  isTransient: false,
  isDependencyTreeDurable: () => false,
  getInstanceByContextId: () => ({ instance: refusalKeeper, isConstructorCalled: true }),
};

/** What is wrong with the option `inherit`. */
export function inheritanceProblems(inherit: unknown): readonly string[] {
  if (inherit === undefined || inherit === true) return [];
  if (typeof inherit !== 'object' || inherit === null) {
    return [`inherit is ${JSON.stringify(inherit)}; write true, or for example { guards: false }`];
  }
  return Object.entries(inherit).flatMap(([name, value]) => {
    if (!Object.hasOwn(GETTERS, name)) {
      return [`inherit.${name} is no kind of enhancer; did you mean ${nearestName(name, KINDS) ?? KINDS.join(', ')}?`];
    }
    return value === undefined || typeof value === 'boolean'
      ? []
      : [`inherit.${name} is ${String(value)}; write true or false`];
  });
}

/**
 * The application's configuration as the handlers of a transport see it: without what they do not inherit, with a filter
 * before the global ones, since Nest asks the last one first, and behind global interceptors with one that keeps refusals.
 */
export function inheritedConfig(
  config: ApplicationConfig,
  inherit: true | SmtpInheritance,
  filter: unknown,
): ApplicationConfig {
  const none = (): unknown[] => [];
  const getters = KINDS.filter((kind) => !inherits(inherit, kind)).flatMap((kind) =>
    GETTERS[kind].map((getter) => [getter, { value: none }] as const),
  );
  const global = (): unknown[] => [filter, ...(inherits(inherit, 'filters') ? config.getGlobalFilters() : [])];
  const ending = (found: readonly unknown[], end: unknown): unknown[] => (found.length === 0 ? [] : [...found, end]);
  return Object.create(config, {
    getGlobalInterceptors: { value: () => ending(config.getGlobalInterceptors(), refusalKeeper) },
    getGlobalRequestInterceptors: { value: () => ending(config.getGlobalRequestInterceptors(), keeperForRequests) },
    ...Object.fromEntries(getters),
    getGlobalFilters: { value: global },
  }) as ApplicationConfig;
}

/**
 * Whether nothing of the application stands around all handlers of a transport: no global enhancer that they inherit, no
 * hook of its requests, no filter in place of ours.
 */
export function inheritsNothing(
  config: ApplicationConfig,
  inherit: true | SmtpInheritance,
  filter: SmtpExceptionFilter,
): boolean {
  const getters = KINDS.filter((kind) => inherits(inherit, kind)).flatMap((kind) => GETTERS[kind]);
  const isOurs = filter.catch === SmtpExceptionFilter.prototype.catch;
  return (
    isOurs && getters.every((getter) => config[getter]().length === 0) && config.getGlobalPreRequestHooks().length === 0
  );
}

/**
 * Sentences that name what of the application runs for mail too, and what does not though it is there: a guard made for HTTP
 * is best noticed at the start. None where the application has no global enhancers.
 */
export function describeInheritance(config: ApplicationConfig, inherit: true | SmtpInheritance): readonly string[] {
  const found = KINDS.map((kind) => ({ kind, names: GETTERS[kind].flatMap((getter) => config[getter]().map(nameOf)) }));
  const said = (kinds: typeof found): string =>
    kinds.map(({ kind, names }) => `${kind} ${names.join(', ')}`).join('; ');
  const there = found.filter(({ names }) => names.length > 0);
  const inherited = there.filter(({ kind }) => inherits(inherit, kind));
  const left = there.filter(({ kind }) => !inherits(inherit, kind));
  return [
    ...(inherited.length === 0 ? [] : [`global ${said(inherited)} run for mail as well`]),
    ...(left.length === 0 ? [] : [`global ${said(left)} do not run for mail, by the option inherit`]),
  ];
}

function inherits(inherit: true | SmtpInheritance, kind: Kind): boolean {
  return inherit === true || inherit[kind] !== false;
}

/** Of an enhancer, or of Nest's wrapper around one that is made for each request. */
function nameOf(enhancer: { readonly metatype?: unknown }): string {
  const type = typeof enhancer.metatype === 'function' ? enhancer.metatype : enhancer.constructor;
  return type.name;
}
