import type { ModulesContainer } from '@nestjs/core';
import { SmtpSetupError } from './exceptions/smtp-setup.error.js';
import { SmtpCounterStore } from './limits/smtp-counter.store.js';
import { SMTP_OWN_TRANSPORT } from './smtp.constants.js';
import type { SmtpTransport } from './smtp.transport.js';
import { transportsIn } from './smtp.transports.js';

/** The transports of one application, which start and stop together. */
export class TransportGroup {
  private readonly transports: readonly SmtpTransport[];

  constructor(private readonly modules: ModulesContainer) {
    this.transports = transportsIn(modules);
  }

  get first(): SmtpTransport | undefined {
    return this.transports[0];
  }

  /**
   * Binds the handlers of each; `register` adds those of one.
   *
   * @throws SmtpSetupError with what is wrong with any of them
   */
  async bind(register: (transport: SmtpTransport) => void): Promise<void> {
    const problems = this.problems();
    if (problems.length > 0) throw new SmtpSetupError(problems);
    const names = this.transports.map(({ name }) => name);
    const bound = this.transports.map((transport) => transport.bind(() => register(transport), names));
    const failures = (await Promise.allSettled(bound)).flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    );
    const other = failures.find((failure) => !(failure instanceof SmtpSetupError));
    if (other !== undefined) throw other;
    if (failures.length === 0) return;
    throw new SmtpSetupError([...new Set((failures as SmtpSetupError[]).flatMap((failure) => failure.problems))]);
  }

  /** Opens the ports of all; where one cannot, none stays open. */
  async bootstrapped(): Promise<void> {
    try {
      for (const transport of this.transports) await transport.bootstrapped();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()));
  }

  /** What the transports have in common and must not. */
  private problems(): readonly string[] {
    const names = twice(this.transports.map(({ name }) => name));
    // With two of one name all else would only repeat it.
    if (names.length > 0) {
      return names.map(
        (name) =>
          `SmtpModule.forRoot() is imported more than once; import it once, with listeners: [...] for several ports, or give each a name of its own, as in transport: 'inbound' (two are called '${name}')`,
      );
    }
    const stores = [...this.modules.values()].filter(
      ({ providers }) => providers.has(SMTP_OWN_TRANSPORT) && providers.has(SmtpCounterStore),
    );
    return [
      ...twice(this.transports.flatMap(({ listenerIds }) => [...new Set(listenerIds)])).map(
        (id) => `two transports have a listener '${id}'; give one of them another id`,
      ),
      ...(stores.length > 1 ? ['counterStore is given at two transports; the guards have one store, so keep one'] : []),
    ];
  }
}

/** What stands in a list more than once. */
function twice(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))];
}
