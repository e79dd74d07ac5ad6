import type { INestApplicationContext } from '@nestjs/common';
import { connectInMemory, type DialogueClient, type FailureScript } from 'smtp-engine/testing';
import type { SmtpTransport } from '../smtp.transport.js';
import { getSmtpTransportToken } from '../smtp.transport-token.js';

/** What a test client may pretend. */
export interface TestClientOptions {
  /** Name of the transport it connects to, where there are several. Default: `'default'`, the one without a name. */
  readonly transport?: string;
  /** Id of the listener it connects to. Default: the first. */
  readonly listener?: string;
  /** Where it comes from. Default: 127.0.0.1. */
  readonly remoteAddress?: string;
  /** The listener has `secure: true`, so the client begins with the TLS handshake. Default: false. */
  readonly secure?: boolean;
  /**
   * What is to go wrong on the server's side; for `'connect'` use `openInMemory()` of smtp-engine/testing. Default: nothing.
   */
  readonly failures?: FailureScript;
}

/**
 * Connects a client to the application, in memory; initialises the application if that has not been done.
 * Resolves when the greeting has come, and gives a client whose every step gives the server's reply.
 *
 * @throws Error for an unknown listener, or a greeting other than 220 (RFC 5321 §3.1)
 * @example
 * const client = await connectTestClient(module);
 * await client.ehlo();
 * await client.startTls();
 */
export async function connectTestClient(
  app: INestApplicationContext,
  options: TestClientOptions = {},
): Promise<DialogueClient> {
  await app.init();
  const { secure = false, transport, ...accept } = options;
  const client = connectInMemory(app.get<SmtpTransport>(getSmtpTransportToken(transport)), accept);
  if (secure) await client.secure();
  const greeting = await client.reply();
  if (greeting.code !== 220) throw new Error(`the server refused the connection: ${greeting.raw.join('\n')}`);
  return client;
}
