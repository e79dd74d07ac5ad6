import { Inject } from '@nestjs/common';
import { SmtpTransport } from './smtp.transport.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';

/**
 * Injection token of an SmtpTransport: the class itself for the one without a name.
 *
 * @param name what `SmtpModule.forRoot({ transport })` calls it
 * @example app.get<SmtpTransport>(getSmtpTransportToken('inbound')).addresses()
 */
export function getSmtpTransportToken(name: string = DEFAULT_TRANSPORT): typeof SmtpTransport | string {
  return name === DEFAULT_TRANSPORT ? SmtpTransport : `SmtpTransport:${name}`;
}

/**
 * Injects the SmtpTransport with a name; the one without needs no decorator.
 *
 * @example constructor(@InjectSmtpTransport('inbound') private readonly inbound: SmtpTransport) {}
 */
export const InjectSmtpTransport = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(getSmtpTransportToken(name));
