import type { SmtpStage } from '../smtp.stages.js';

/** One thing a handler method handles. */
export interface HandlerBinding {
  readonly stage: SmtpStage;
  /** What of the stage: a mechanism at `auth`; `*` is all the rest. */
  readonly selector: string;
}

/** A parameter of a handler that one of this library's decorators fills. */
export interface HandlerParameter {
  readonly index: number;
  /** The decorator's name. */
  readonly decorator: string;
  /** Where it has something to give; undefined: everywhere. */
  readonly stages: readonly SmtpStage[] | undefined;
  /** It validates, so class-validator has to be installed. */
  readonly needsValidator: boolean;
}

/** What the decorators have found out about a handler method. It travels to the transport as `extras.smtp`. */
export interface HandlerInfo {
  /** `MailController.receive`, for logs and boot errors. */
  readonly name: string;
  readonly bindings: readonly HandlerBinding[];
  readonly parameters: readonly HandlerParameter[];
  /** What is wrong with the method; reported at boot. */
  readonly problems: readonly string[];
}
