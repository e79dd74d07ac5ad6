import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import type { OptionalPeer } from '../optional-peers.js';
import { SmtpContext } from '../smtp.context.js';
import type { SmtpStage } from '../smtp.stages.js';
import { addParameter } from './handler-metadata.js';

/** Marks a carrier. */
const CARRIER = Symbol('carrier');

/** A function that carries a value past the global pipes: those see nothing they could clone, strip or validate. */
interface Carrier {
  (): unknown;
  [CARRIER]: true;
}

/** Bound behind the global pipes: takes the value out of its carrier. */
const unwrap: PipeTransform = {
  transform(carrier: unknown): unknown {
    if (isCarrier(carrier)) return carrier();
    throw new TypeError('a global pipe has replaced the value of an SMTP parameter; let it pass functions unchanged');
  },
};

/** A pipe of a parameter: an instance, or a class that Nest makes. */
export type SmtpPipe = PipeTransform | Type<PipeTransform>;

/** What a parameter decorator of this library gives, and where. */
export interface ParameterSource<Data> {
  /** Its name, for boot errors. */
  readonly name: string;
  /** The stages where it has something to give. Default: all. */
  readonly stages?: readonly SmtpStage[];
  /** Gives the value, or a promise of it. */
  read(context: SmtpContext, data: Data): unknown;
  /** The optional peer it needs. Default: none. */
  needs?(data: Data): OptionalPeer | undefined;
  /** Decorators that cannot stand beside it, since they give the same stream. Default: none. */
  readonly excludes?: readonly string[];
  /** The name in the method's patterns that it gives the value of. Default: none. */
  patternName?(data: Data): string;
}

/** Makes a parameter decorator that no global pipe can interfere with. */
export function smtpParameter<Data = undefined>(
  source: ParameterSource<Data>,
): (data: Data, ...pipes: readonly SmtpPipe[]) => ParameterDecorator {
  const decorate = createParamDecorator((data: Data, host: ExecutionContext) => {
    const context = SmtpContext.of(host);
    const carrier = (() => source.read(context, data)) as Carrier;
    carrier[CARRIER] = true;
    return carrier;
  });
  return (data, ...pipes) =>
    (target, key, index) => {
      if (key === undefined) throw new TypeError(`@${source.name}() belongs on a parameter of a handler method`);
      const needs = source.needs?.(data);
      const patternName = source.patternName?.(data);
      const { name: decorator, stages, excludes } = source;
      const read = pipes.length > 0 ? undefined : (context: SmtpContext) => source.read(context, data);
      addParameter(target, key, { index, decorator, stages, needs, patternName, excludes, read });
      decorate(data, unwrap, ...pipes)(target, key, index);
    };
}

function isCarrier(value: unknown): value is Carrier {
  return typeof value === 'function' && CARRIER in value;
}
