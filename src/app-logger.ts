import { ConsoleLogger } from '@nestjs/common';

/** Nest tells at each start about every module and route; here that would hide what matters. */
const QUIET_CONTEXTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

/** Nest's logger without the noise of a start. */
export class AppLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (!QUIET_CONTEXTS.has(rest.at(-1))) super.log(message, ...rest);
  }
}
