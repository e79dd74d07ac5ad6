import { MessagePattern } from '@nestjs/microservices';
import type { HandlerBinding, HandlerInfo } from '../interfaces/handler-info.interface.js';
import type { SmtpHandlerPlace } from '../interfaces/handler-place.interface.js';
import { RecipientPattern } from '../routing/recipient-pattern.js';
import { SMTP_TRANSPORT } from '../smtp.constants.js';
import { placeOfRole } from '../smtp.listener-handlers.js';
import { type SmtpStage, stages } from '../smtp.stages.js';
import {
  addBindings,
  decoratedIndexes,
  hideTypes,
  parameterCount,
  parametersOf,
  parameterType,
  passNothing,
  problemsOf,
  setProblems,
} from './handler-metadata.js';
import { stageContext, stageSubject } from './parameter.decorators.js';
import { isOwnCredentials } from './smtp-credentials.decorator.js';

type Method = (...args: never[]) => unknown;

/** What of a stage a decorator names. */
export interface Selection {
  /** Mechanisms or verbs. Default: all the rest. */
  readonly selectors?: readonly string[] | undefined;
  /** Which recipients. Default: all the rest. */
  readonly pattern?: string | undefined;
  /** Default: everywhere. */
  readonly place?: SmtpHandlerPlace | undefined;
}

/** The text of what is no pattern. */
type BrokenPattern = Pick<RecipientPattern, 'text'>;

/** The pattern Nest knows a handler by; one handler a pattern. */
export function patternOf(binding: HandlerBinding): string {
  const { transport } = binding;
  return `${keyOf(binding)}${transport === undefined ? '' : `|${transport}`}`;
}

/** What there is one handler of in a transport. */
export function keyOf({ stage, place, selector }: HandlerBinding): string {
  return `smtp:${stage}|${place}|${selector}`;
}

/**
 * Makes a method the handler of a stage, or of some of it. Decorators accumulate: each adds its patterns.
 * It must run after the parameter decorators, as method decorators do.
 */
export function handles(stage: SmtpStage, selection: Selection = {}): MethodDecorator {
  return (target, key, descriptor) => {
    const method = descriptor.value as Method | undefined;
    if (typeof method !== 'function') throw new TypeError(`@${stages[stage].decorator}() belongs on a method`);
    const name = `${target.constructor.name}.${String(key)}`;
    if (problemsOf(target, key) === undefined) fillParameters(target, key, method, name);
    const pattern = selection.pattern === undefined ? undefined : parse(selection.pattern, stage, target, key);
    const bindings = addBindings(method, bindingsOf(stage, selection, pattern));
    const found = problemsOf(target, key)!;
    const parameters = parametersOf(target, key);
    const problems = [
      ...found,
      ...misplaced(parameters, bindings, name),
      ...nameless(parameters, bindings, name),
      ...rivals(parameters, name),
    ];
    const isOurs = parameters.length === decoratedIndexes(target, key).size;
    const smtp: HandlerInfo = { name, controller: target.constructor, key, bindings, parameters, isOurs, problems };
    MessagePattern(bindings.map(patternOf), SMTP_TRANSPORT, { smtp })(target, key, descriptor as never);
  };
}

function bindingsOf(
  stage: SmtpStage,
  { selectors = ['*'], place = {} }: Selection,
  pattern: RecipientPattern | BrokenPattern | undefined,
): HandlerBinding[] {
  const places = [...list(place.listener), ...list(place.role).map(placeOfRole)];
  const parts = pattern === undefined ? selectors.map((selector) => ({ selector })) : [partOf(pattern)];
  const anywhere = (places.length > 0 ? places : ['*']).flatMap((each) =>
    parts.map((part) => ({ stage, place: each, ...part })),
  );
  const transports = list(place.transport);
  if (transports.length === 0) return anywhere;
  return transports.flatMap((transport) => anywhere.map((binding) => ({ ...binding, transport })));
}

function partOf(pattern: RecipientPattern | BrokenPattern): Pick<HandlerBinding, 'selector' | 'pattern' | 'isBroken'> {
  if (pattern instanceof RecipientPattern) return { selector: pattern.key, pattern };
  return { selector: pattern.text, isBroken: true };
}

/** What is no pattern is a problem of the method; it must not pass for the handler of all recipients. */
function parse(text: string, stage: SmtpStage, target: object, key: string | symbol): RecipientPattern | BrokenPattern {
  try {
    return new RecipientPattern(text);
  } catch (error) {
    const name = `${target.constructor.name}.${String(key)}`;
    const problem = `${name}: @${stages[stage].decorator}('${text}') can match nothing: ${(error as Error).message}`;
    setProblems(target, key, [...problemsOf(target, key)!, problem]);
    return { text };
  }
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Gives the undecorated parameters their meaning: the first is the stage's object, the next the context. */
function fillParameters(target: object, key: string | symbol, method: Method, name: string): void {
  const problems: string[] = [];
  const fillers = [stageSubject(), stageContext()];
  const decorated = decoratedIndexes(target, key);
  const count = parameterCount(target, key, method);
  for (let index = 0; index < count; index++) {
    if (decorated.has(index)) continue;
    const type = parameterType(target, key, index);
    if (isOwnCredentials(type)) problems.push(unchecked(name, index, type.name));
    const fill = fillers.shift();
    if (fill !== undefined) fill(target, key, index);
    else problems.push(`${name}: parameter ${index} has no decorator; give it one, such as @SmtpSession()`);
  }
  if (count === 0) passNothing(target, key);
  hideTypes(target, key);
  setProblems(target, key, problems);
}

function unchecked(method: string, index: number, type: string): string {
  return `${method}: parameter ${index} is no ${type} by itself, and its rules are not checked; write @SmtpCredentials(${type})`;
}

/** Parameters that have nothing to give at one of the method's stages. */
function misplaced(
  parameters: HandlerInfo['parameters'],
  bindings: readonly HandlerBinding[],
  name: string,
): readonly string[] {
  return parameters.flatMap(({ index, decorator, stages: fitting }) => {
    const stage = bindings.find((binding) => fitting !== undefined && !fitting.includes(binding.stage))?.stage;
    if (stage === undefined || fitting === undefined) return [];
    const homes = fitting.map((home) => `@${stages[home].decorator}()`).join(', ');
    return `${name}: @${decorator}() of parameter ${index} has nothing to give at @${stages[stage].decorator}(); it belongs to ${homes}`;
  });
}

/** Parameters that would read the same stream. */
function rivals(parameters: HandlerInfo['parameters'], name: string): readonly string[] {
  return parameters.flatMap(({ index, decorator, excludes = [] }) => {
    const rival = parameters.find((other) => other.index !== index && excludes.includes(other.decorator));
    if (rival === undefined) return [];
    const what = rival.decorator === 'SmtpSubject' ? 'the message, without decorator,' : `@${rival.decorator}()`;
    return `${name}: @${decorator}() of parameter ${index} and ${what} of parameter ${rival.index} would both read the message, which comes once; keep one (@SmtpHeader() may stand beside either)`;
  });
}

/** Parameters of patterns that one of the method's patterns does not have. */
function nameless(
  parameters: HandlerInfo['parameters'],
  bindings: readonly HandlerBinding[],
  name: string,
): readonly string[] {
  return parameters.flatMap(({ index, decorator, patternName, stages: fitting }) => {
    if (patternName === undefined) return [];
    const lacking = bindings.find(
      ({ stage, pattern, isBroken }) =>
        isBroken !== true && fitting?.includes(stage) && !pattern?.names.includes(patternName),
    );
    if (lacking === undefined) return [];
    const pattern = lacking.pattern === undefined ? '' : `'${lacking.pattern.text}'`;
    return `${name}: @${decorator}('${patternName}') of parameter ${index}: there is no :${patternName} in @${stages[lacking.stage].decorator}(${pattern})`;
  });
}
