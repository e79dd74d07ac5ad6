import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { selfSignedCertificate } from 'smtp-engine';
import type { SMTPServer, SMTPServerOptions } from 'smtp-server';
import { Peer } from '../../support/engine.js';
import type { Library } from './libraries.js';

/** The certificate of all tests here, made once. */
export const certificate = await selfSignedCertificate(['mx.example', '127.0.0.1']);

/** Options that most tests begin with: quick, silent, known by name. */
export const QUIET: SMTPServerOptions = {
  name: 'mx.example',
  ...certificate,
  disableReverseLookup: true,
  logger: false,
  closeTimeout: 300,
};

/** A server on a loopback port, with clients for it. */
export class Running {
  readonly errors: Error[] = [];
  private readonly peers: Peer[] = [];

  constructor(readonly server: SMTPServer) {
    server.on('error', (error) => this.errors.push(error));
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** Connects without reading a greeting or shaking hands. */
  async dial(): Promise<Peer> {
    const peer = new Peer(connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }));
    this.peers.push(peer);
    await once(peer.socket, 'connect');
    return peer;
  }

  /** Connects, reads the greeting, says EHLO. */
  async greet(): Promise<Peer> {
    const peer = await this.dial();
    await peer.reply();
    await peer.command('EHLO client');
    return peer;
  }

  /** Connects, does STARTTLS, says EHLO. */
  async secure(): Promise<Peer> {
    const peer = await this.greet();
    await peer.command('STARTTLS');
    await peer.startTls();
    await peer.command('EHLO client');
    return peer;
  }

  /** Sends a mail with nodemailer; over STARTTLS where it is offered. Gives the final reply. */
  async send(auth?: { user: string; pass?: string; method?: string; accessToken?: string; type?: string }) {
    const transport = createTransport({
      host: '127.0.0.1',
      port: this.port,
      tls: { rejectUnauthorized: false },
      ...(auth && { auth, authMethod: auth.method }),
    } as never);
    const mail: SendMailOptions = { from: 'a@example.org', to: 'b@example.org', subject: 'hi', text: 'hello' };
    try {
      return ((await transport.sendMail(mail)) as { response: string }).response;
    } finally {
      transport.close();
    }
  }

  /** Hangs up and closes. */
  async stop(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy();
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}

/** Starts a server that takes mail without login unless the options say otherwise. */
export async function start(SMTPServer: Library, options: SMTPServerOptions = {}): Promise<Running> {
  return listening(new SMTPServer({ ...QUIET, authOptional: true, ...options }));
}

/** Lets a server that has been made listen. */
export async function listening(server: SMTPServer): Promise<Running> {
  const running = new Running(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return running;
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The argument of AUTH PLAIN. */
export function plain(username: string, password: string): string {
  return base64(`\0${username}\0${password}`);
}
