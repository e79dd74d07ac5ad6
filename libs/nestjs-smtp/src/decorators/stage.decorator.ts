import { MessagePattern } from '@nestjs/microservices';
import type { HandlerBinding, HandlerInfo } from '../interfaces/handler-info.interface.js';
import { SMTP_TRANSPORT } from '../smtp.constants.js';
import { type SmtpStage, stages } from '../smtp.stages.js';
import {
  addBindings,
  decoratedIndexes,
  hideTypes,
  parameterCount,
  parametersOf,
  passNothing,
  problemsOf,
  setProblems,
} from './handler-metadata.js';
import { stageContext, stageSubject } from './parameter.decorators.js';

type Method = (...args: never[]) => unknown;

/** The pattern Nest knows a handler by; one handler a pattern. */
export function patternOf({ stage, selector }: HandlerBinding): string {
  return `smtp:${stage}|${selector}`;
}

/**
 * Makes a method the handler of a stage, or of some of it. Decorators accumulate: each adds its patterns.
 * It must run after the parameter decorators, as method decorators do.
 */
export function handles(stage: SmtpStage, selectors: readonly string[] = ['*']): MethodDecorator {
  return (target, key, descriptor) => {
    const method = descriptor.value as Method | undefined;
    if (typeof method !== 'function') throw new TypeError(`@${stages[stage].decorator}() belongs on a method`);
    const name = `${target.constructor.name}.${String(key)}`;
    const found = problemsOf(target, key) ?? fillParameters(target, key, method, name);
    const bindings = addBindings(
      method,
      selectors.map((selector) => ({ stage, selector })),
    );
    const parameters = parametersOf(target, key);
    const problems = [...found, ...misplaced(parameters, bindings, name)];
    const smtp: HandlerInfo = { name, bindings, parameters, problems };
    MessagePattern(bindings.map(patternOf), SMTP_TRANSPORT, { smtp })(target, key, descriptor as never);
  };
}

/** Gives the undecorated parameters their meaning: the first is the stage's object, the next the context. */
function fillParameters(target: object, key: string | symbol, method: Method, name: string): readonly string[] {
  const problems: string[] = [];
  const fillers = [stageSubject(), stageContext()];
  const decorated = decoratedIndexes(target, key);
  const count = parameterCount(target, key, method);
  for (let index = 0; index < count; index++) {
    if (decorated.has(index)) continue;
    const fill = fillers.shift();
    if (fill !== undefined) fill(target, key, index);
    else problems.push(`${name}: parameter ${index} has no decorator; give it one, such as @SmtpSession()`);
  }
  if (count === 0) passNothing(target, key);
  hideTypes(target, key);
  setProblems(target, key, problems);
  return problems;
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
