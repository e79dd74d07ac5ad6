import { Global, Module } from '@nestjs/common';
import { ConfigModule as NestConfigModule, registerAs } from '@nestjs/config';
import { AppConfig } from './app-config.js';
import { readConfig } from './read-config.js';

/** The namespace `app` of Nest's ConfigService; the rest of the application injects `AppConfig` itself. */
const appConfig = registerAs('app', () => readConfig(process.env));

/**
 * The configuration, for everybody. An environment that is not valid makes the start of the application fail with a
 * `ConfigError`: give `NestFactory` the option `abortOnError: false` to catch it.
 */
@Global()
@Module({
  // Variables come from the environment alone: a .env file that happens to lie about must not change a server.
  imports: [NestConfigModule.forRoot({ load: [appConfig], ignoreEnvFile: true })],
  providers: [{ provide: AppConfig, useFactory: (config: AppConfig) => config, inject: [appConfig.KEY] }],
  exports: [AppConfig],
})
export class ConfigModule {}
