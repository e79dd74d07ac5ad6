import type { AcceptOptions, SmtpServer } from '../server.js';
import { DialogueClient } from './dialogue-client.js';
import { memoryPair } from './memory-pair.js';

/**
 * Connects a client to a server in memory: no port, no network. The server needs a listener (`addListener()`).
 *
 * @example
 * server.addListener();
 * const client = connectInMemory(server);
 * expect(await client.reply()).toMatchObject({ code: 220 });
 */
export function connectInMemory(server: Pick<SmtpServer, 'accept'>, options: AcceptOptions = {}): DialogueClient {
  const [ours, theirs] = memoryPair();
  const client = new DialogueClient(ours);
  server.accept(theirs, options);
  return client;
}
