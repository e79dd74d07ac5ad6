import 'reflect-metadata';
import { createParamDecorator } from '@nestjs/common';
import { AuthCredentials, Envelope, MailPath, MessageStream, Session, Transaction } from 'smtp-engine';
import type { HandlerBinding, HandlerParameter } from '../interfaces/handler-info.interface.js';
import { SmtpContext } from '../smtp.context.js';

/** Live objects, never plain data. */
const OUR_CLASSES: readonly (abstract new (...args: never[]) => unknown)[] = [
  AuthCredentials,
  Envelope,
  MailPath,
  MessageStream,
  Session,
  SmtpContext,
  Transaction,
];

const PARAMETERS = Symbol('nestjs-smtp:parameters');
const PROBLEMS = Symbol('nestjs-smtp:problems');
const BINDINGS = Symbol('nestjs-smtp:bindings');
const PARAMETER_TYPES = 'design:paramtypes';

type Key = string | symbol;

/**
 * Nest's metadata key for the parameters of a handler. It has no public name, so it is learnt from a decorated method.
 */
const NEST_PARAMETERS: unknown = ((): unknown => {
  class Probe {}
  createParamDecorator(() => undefined)()(Probe.prototype, 'method', 0);
  return (Reflect.getMetadataKeys(Probe, 'method') as unknown[])[0];
})();

/** The parameters of ours that a method has so far. */
export function parametersOf(target: object, key: Key): readonly HandlerParameter[] {
  return (Reflect.getOwnMetadata(PARAMETERS, target, key) as HandlerParameter[] | undefined) ?? [];
}

export function addParameter(target: object, key: Key, parameter: HandlerParameter): void {
  Reflect.defineMetadata(PARAMETERS, [...parametersOf(target, key), parameter], target, key);
}

/** What is wrong with the parameters of a method; undefined before they have been looked at. */
export function problemsOf(target: object, key: Key): readonly string[] | undefined {
  return Reflect.getOwnMetadata(PROBLEMS, target, key) as string[] | undefined;
}

export function setProblems(target: object, key: Key, problems: readonly string[]): void {
  Reflect.defineMetadata(PROBLEMS, problems, target, key);
}

/** Adds what a method handles; gives all of it. Kept with the function, as Nest keeps its patterns. */
export function addBindings(method: object, added: readonly HandlerBinding[]): readonly HandlerBinding[] {
  const earlier = (Reflect.getOwnMetadata(BINDINGS, method) as HandlerBinding[] | undefined) ?? [];
  const bindings = [...earlier, ...added];
  Reflect.defineMetadata(BINDINGS, bindings, method);
  return bindings;
}

/** What a parameter is declared as; undefined where the compiler emits no types. */
export function parameterType(target: object, key: Key, index: number): unknown {
  return parameterTypes(target, key)?.[index];
}

/** Number of parameters of a method; a compiler that emits no types leaves the function's own length. */
export function parameterCount(target: object, key: Key, method: { readonly length: number }): number {
  return Math.max(parameterTypes(target, key)?.length ?? 0, method.length);
}

/** The indexes that carry a parameter decorator, of Nest, of ours or of the application. */
export function decoratedIndexes(target: object, key: Key): ReadonlySet<number> {
  const entries = Reflect.getMetadata(NEST_PARAMETERS, target.constructor, key) as
    Record<string, { readonly index: number }> | undefined;
  return new Set(Object.values(entries ?? {}).map(({ index }) => index));
}

/** Makes Nest pass nothing at all to a method without parameters; it would send its payload through the global pipes. */
export function passNothing(target: object, key: Key): void {
  Reflect.defineMetadata(NEST_PARAMETERS, {}, target.constructor, key);
}

/**
 * Hides the types of our parameters, so that a global ValidationPipe finds nothing to validate or to clone. Our classes
 * are hidden wherever they stand: cloning a session behind Nest's own `@Ctx()` would break it as well.
 */
export function hideTypes(target: object, key: Key): void {
  const types = parameterTypes(target, key);
  if (types === undefined) return;
  const ours = new Set(parametersOf(target, key).map(({ index }) => index));
  const hidden = types.map((type, index) => (ours.has(index) || isOurs(type) ? Object : type));
  Reflect.defineMetadata(PARAMETER_TYPES, hidden, target, key);
}

function isOurs(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  return OUR_CLASSES.some((ours) => type === ours || type.prototype instanceof ours);
}

function parameterTypes(target: object, key: Key): unknown[] | undefined {
  return Reflect.getOwnMetadata(PARAMETER_TYPES, target, key) as unknown[] | undefined;
}
