import type { RecipientPattern } from '../routing/recipient-pattern.js';
import type { OptionalPeer } from '../optional-peers.js';
import type { SmtpContext } from '../smtp.context.js';
import type { SmtpStage } from '../smtp.stages.js';

/** One thing a handler method handles. */
export interface HandlerBinding {
  readonly stage: SmtpStage;
  /** Id of a listener, `role:` and a role, or `*` for all. */
  readonly place: string;
  /** What of the stage: a mechanism at `auth`, a verb at `command`, a pattern at `rcpt` and `data`; `*` is all the rest. */
  readonly selector: string;
  readonly pattern?: RecipientPattern;
  /** Its pattern is none: a problem of the method, and nobody else's. */
  readonly isBroken?: boolean;
  /** Name of the transport; undefined: that of the class. */
  readonly transport?: string | undefined;
}

/** A parameter of a handler that one of this library's decorators fills. */
export interface HandlerParameter {
  readonly index: number;
  /** The decorator's name. */
  readonly decorator: string;
  /** Where it has something to give; undefined: everywhere. */
  readonly stages: readonly SmtpStage[] | undefined;
  /** The optional peer that has to be installed for it. */
  readonly needs: OptionalPeer | undefined;
  /** The name in the patterns of the method that it gives the value of. */
  readonly patternName?: string | undefined;
  /** Gives the value, or a promise of it; undefined where pipes of the application come behind it. */
  readonly read: ((context: SmtpContext) => unknown) | undefined;
  /** Decorators that cannot stand beside it. */
  readonly excludes?: readonly string[] | undefined;
}

/** What the decorators have found out about a handler method. It travels to the transport as `extras.smtp`. */
export interface HandlerInfo {
  /** `MailController.receive`, for logs and boot errors. */
  readonly name: string;
  /** The class that declares the method; its decorators run after those of the method. */
  readonly controller: object;
  readonly key: string | symbol;
  readonly bindings: readonly HandlerBinding[];
  readonly parameters: readonly HandlerParameter[];
  /** It has no parameters but these. */
  readonly isOurs: boolean;
  /** What is wrong with the method; reported at boot. */
  readonly problems: readonly string[];
}
