import { SetMetadata } from '@nestjs/common';

const TRANSPORT = Symbol('nestjs-smtp:transport');

/**
 * Binds the SMTP handlers of a controller to one of several transports: the one that `SmtpModule.forRoot({ transport })`
 * calls so. What a method's own decorators say, `{ transport }`, goes before it. Default: `'default'`, the one without a
 * name.
 *
 * @throws SmtpSetupError at boot for a transport that the application does not have
 * @example
 * @Controller()
 * @UseSmtpTransport('inbound')
 * export class InboundController {
 *   @SmtpData('*@example.com')
 *   receive(@SmtpMessage() message: MessageStream) { … }
 * }
 */
export const UseSmtpTransport = (name: string): ClassDecorator => SetMetadata(TRANSPORT, name);

/** What `@UseSmtpTransport()` of a class says, or of one that it extends. */
export function transportOfClass(controller: object): string | undefined {
  return Reflect.getMetadata(TRANSPORT, controller) as string | undefined;
}
