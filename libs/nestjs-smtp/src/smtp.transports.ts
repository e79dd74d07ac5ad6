import type { ModulesContainer } from '@nestjs/core';
import { SMTP_OWN_TRANSPORT } from './smtp.constants.js';
import type { SmtpTransport } from './smtp.transport.js';

/** Every transport of an application, in the order of the modules; complete once its providers have been made. */
export function transportsIn(modules: ModulesContainer): readonly SmtpTransport[] {
  return [...modules.values()].flatMap(({ providers }) => {
    const wrapper = providers.get(SMTP_OWN_TRANSPORT);
    return wrapper === undefined ? [] : [wrapper.instance as SmtpTransport];
  });
}
