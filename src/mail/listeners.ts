import type { DynamicModule } from '@nestjs/common';
import { SmtpModule, type SmtpModuleExtras, type SmtpModuleOptions } from 'nestjs-smtp';
import { AppConfig } from '../config/app-config.js';
import { ServerCertificate } from '../store/server-secrets.js';

/**
 * The SMTP listeners.
 *
 * @param caps whether this process counts connections by itself; false where somebody counts those of all processes
 */
export function listeners({ caps, ...extras }: SmtpModuleExtras & { readonly caps: boolean }): DynamicModule {
  return SmtpModule.forRootAsync({
    ...extras,
    inject: [AppConfig, ServerCertificate],
    useFactory: (config: AppConfig, { key, cert }: ServerCertificate): SmtpModuleOptions => ({
      name: config.smtpName,
      size: config.maxMessageBytes,
      key,
      cert,
      ...(caps ? capsOf(config) : {}),
      listeners: [
        { id: 'submission', host: config.bindAddress, port: config.smtpPort },
        { id: 'submissions', host: config.bindAddress, port: config.smtpsPort, secure: true },
      ],
    }),
  });
}

function capsOf({ maxClients, maxClientsPerAddress }: AppConfig): SmtpModuleOptions {
  return {
    ...(maxClients === undefined ? {} : { maxClients }),
    ...(maxClientsPerAddress === undefined ? {} : { maxClientsPerAddress }),
  };
}
