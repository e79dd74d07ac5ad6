import type { Duplex } from 'node:stream';
import type { AcceptOptions, SmtpServer } from '../server.js';
import { DialogueClient } from './dialogue-client.js';
import { failingHooks } from './failing-hooks.js';
import type { FailureScript } from './failure-script.js';
import { memoryPair } from './memory-pair.js';

/** A connection in memory. */
export interface InMemoryOptions extends Omit<AcceptOptions, 'hooks'> {
  /** What is to go wrong on the server's side. Default: nothing. */
  readonly failures?: FailureScript;
}

/**
 * Connects a client to a server in memory: no port, no network. The server needs a listener (`addListener()`).
 *
 * @example
 * server.addListener();
 * const client = connectInMemory(server);
 * expect(await client.reply()).toMatchObject({ code: 220 });
 */
export function connectInMemory(server: Pick<SmtpServer, 'accept'>, options: InMemoryOptions = {}): DialogueClient {
  return new DialogueClient(openInMemory(server, options));
}

/**
 * The same for a client of your own: the stream is its connection, from which it reads the greeting.
 *
 * @example
 * const failures = new FailureScript({ at: 'MAIL', answer: new Reply(451, '4.3.0', 'Later') });
 * await sender.deliver(mail, { connection: openInMemory(server, { failures }) });
 */
export function openInMemory(server: Pick<SmtpServer, 'accept'>, options: InMemoryOptions = {}): Duplex {
  const [ours, theirs] = memoryPair();
  const { failures, ...accept } = options;
  const hooks = failures && { hooks: (own: Parameters<typeof failingHooks>[0]) => failingHooks(own, failures, drop) };
  const drop = (): void => void theirs.destroy();
  server.accept(theirs, { ...accept, ...hooks });
  return ours;
}
