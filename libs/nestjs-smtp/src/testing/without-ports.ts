import { SmtpPorts } from '../smtp.ports.js';

/** The part of Nest's TestingModuleBuilder that is needed here. */
interface Overridable<Builder> {
  overrideProvider(token: unknown): { useValue(value: unknown): Builder };
}

/**
 * Makes an application under test open no SMTP ports; connections come by `connectTestClient()`.
 *
 * @example const module = await withoutPorts(Test.createTestingModule({ imports: [AppModule] })).compile();
 */
export function withoutPorts<Builder extends Overridable<Builder>>(builder: Builder): Builder {
  return builder.overrideProvider(SmtpPorts).useValue({ open: async () => undefined } satisfies SmtpPorts);
}
