import { ConfigurableModuleBuilder, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { TlsBeforeAuthGuard } from './guards/tls-before-auth.guard.js';
import { UnauthenticatedCommandLimitGuard } from './guards/unauthenticated-command-limit.guard.js';
import type { SmtpModuleExtras, SmtpModuleOptions } from './interfaces/smtp-module-options.interface.js';
import { MemoryCounterStore } from './limits/memory-counter.store.js';
import { SmtpCounterStore } from './limits/smtp-counter.store.js';
import { SMTP_COMMAND_GUARDS, SMTP_TRANSPORT_NAME } from './smtp.constants.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';

const noExtras = {
  transport: DEFAULT_TRANSPORT,
  imports: [],
  guards: [],
  tlsBeforeAuth: TlsBeforeAuthGuard,
  unauthenticatedCommandLimit: UnauthenticatedCommandLimitGuard,
  counterStore: undefined,
} satisfies Required<SmtpModuleExtras>;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SmtpModuleOptions>({ moduleName: 'Smtp' })
    .setClassMethodName('forRoot')
    .setExtras<SmtpModuleExtras>(noExtras, addExtras)
    .build();

function addExtras(definition: DynamicModule, extras: SmtpModuleExtras): DynamicModule {
  const { transport, imports, guards, tlsBeforeAuth, unauthenticatedCommandLimit } = { ...noExtras, ...extras };
  // The application has one store; only the transport without a name has one without being told.
  const counterStore = extras.counterStore ?? (transport === DEFAULT_TRANSPORT ? MemoryCounterStore : undefined);
  const isClass = (guard: unknown): guard is Type => typeof guard === 'function';
  const providers: Provider[] = [
    { provide: TlsBeforeAuthGuard, useClass: tlsBeforeAuth },
    { provide: UnauthenticatedCommandLimitGuard, useClass: unauthenticatedCommandLimit },
    { provide: SMTP_COMMAND_GUARDS, useValue: guards },
    { provide: SMTP_TRANSPORT_NAME, useValue: transport },
    ...(counterStore === undefined ? [] : [{ provide: SmtpCounterStore, useClass: counterStore }]),
    ...guards.filter(isClass),
  ];
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), ...imports],
    providers: [...(definition.providers ?? []), ...providers],
    exports: [...(definition.exports ?? []), ...(counterStore === undefined ? [] : [SmtpCounterStore])],
  };
}
