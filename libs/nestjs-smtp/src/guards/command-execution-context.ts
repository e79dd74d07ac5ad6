import type { ExecutionContext, Type } from '@nestjs/common';
import type { SmtpContext } from '../smtp.context.js';

/** Stands for the handler that a command without one does not have: guards may look for metadata on it. */
class SmtpCommands {
  any(): void {
    // never called
  }
}

/** What a guard gets for a command: `getType()` is `rpc`, `switchToRpc().getContext()` the SmtpContext. */
export class CommandExecutionContext implements ExecutionContext {
  constructor(private readonly context: SmtpContext) {}

  getClass<T>(): Type<T> {
    return SmtpCommands as Type<T>;
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as Nest declares it
  getHandler(): Function {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- for metadata only
    return SmtpCommands.prototype.any;
  }

  getType<T extends string>(): T {
    return 'rpc' as T;
  }

  getArgs<T extends unknown[]>(): T {
    return [undefined, this.context] as unknown[] as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.getArgs()[index] as T;
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return { getData: <T>() => undefined as T, getContext: <T>() => this.context as T };
  }

  switchToHttp(): never {
    throw new TypeError('this is an SMTP command, not an HTTP request');
  }

  switchToWs(): never {
    throw new TypeError('this is an SMTP command, not a WebSocket message');
  }
}
