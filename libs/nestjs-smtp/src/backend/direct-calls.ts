import 'reflect-metadata';
import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';
import type { HandlerInfo } from '../interfaces/handler-info.interface.js';
import type { SmtpContext } from '../smtp.context.js';
import { isThenable } from './promised.js';

type Method = (...args: unknown[]) => unknown;
type Read = (context: SmtpContext) => unknown;

/** Gives what calls a handler method directly; undefined where Nest has to do it. */
export type DirectCalls = (info: HandlerInfo) => MessageHandler | undefined;

/** Nest's metadata keys for what stands around a handler. They have no public names, so they are learnt from a decorated class. */
const ENHANCERS: readonly unknown[] = ((): unknown[] => {
  class Probe {}
  for (const decorate of [UseFilters(), UseGuards(), UseInterceptors(), UsePipes()]) decorate(Probe);
  return Reflect.getMetadataKeys(Probe) as unknown[];
})();

/**
 * Nest's pipeline costs a message eight promises, with nothing in it too. Where neither class, method nor parameter has a
 * guard, a pipe, an interceptor or a filter, and the instance is the same for all calls, the method is called without it.
 */
export function directCalls(modules: ModulesContainer): DirectCalls {
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return ({ controller, key, parameters, isOurs }) => {
    const reads = parameters.toSorted((a, b) => a.index - b.index).map(({ read }) => read);
    if (!isOurs || !reads.every((read) => read !== undefined)) return undefined;
    const owners = controllers.filter(({ metatype }) => isOrExtends(metatype, controller));
    const [owner] = owners;
    if (owner === undefined || owners.length > 1 || !owner.isDependencyTreeStatic()) return undefined;
    const instance = owner.instance as Readonly<Record<string | symbol, Method>>;
    const method = instance[key]!;
    const isEnhanced = [owner.metatype!, method].some((place) =>
      ENHANCERS.some((enhancer) => Reflect.hasMetadata(enhancer, place)),
    );
    return isEnhanced ? undefined : (call(instance, method, reads) as MessageHandler);
  };
}

function call(instance: object, method: Method, reads: readonly Read[]) {
  // As Nest does: a method that declares no parameters gets all there is.
  if (reads.length === 0) return (payload: unknown, context: SmtpContext) => method.call(instance, payload, context);
  return (_payload: unknown, context: SmtpContext): unknown => {
    const args = reads.map((read) => read(context));
    if (!args.some(isThenable)) return method.apply(instance, args);
    return Promise.all(args).then((values) => method.apply(instance, values));
  };
}

function isOrExtends(type: unknown, base: object): boolean {
  return type === base || Object.prototype.isPrototypeOf.call(base, type as object);
}
