import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { SaslContext } from 'smtp-engine';
import type { Credentials } from '../../libs/smtp-engine/src/sasl/credentials.js';
import type { Mechanism } from '../../libs/smtp-engine/src/sasl/mechanism.js';
import { ScramDecoys } from '../../libs/smtp-engine/src/sasl/scram-decoys.js';

/** Surroundings for a mechanism on its own: no TLS, nobody known, a fixed nonce. */
export function saslContext(known: Partial<SaslContext> = {}): SaslContext {
  return {
    serverName: 'mx.example',
    channelBinding: () => undefined,
    clientCertificate: undefined,
    secret: undefined,
    allowsEmptyPassword: false,
    decoys: new ScramDecoys(4096, 'key of the tests'),
    offers: () => false,
    nonce: () => 'servernonce',
    ...known,
  };
}

/** What came of an exchange. */
export interface Exchange {
  readonly challenges: string[];
  readonly credentials: Credentials | undefined;
}

export type Response = string | Buffer | ((challenge: string) => string);

/** Plays responses to a mechanism; a function makes its response from the challenge. */
export async function playMechanism(
  mechanism: Mechanism,
  responses: readonly Response[],
  context: SaslContext = saslContext(),
): Promise<Exchange> {
  const steps = mechanism.exchange(context);
  const challenges: string[] = [];
  let step = await steps.next();
  for (const response of responses) {
    if (step.done === true) break;
    const challenge = step.value.toString();
    challenges.push(challenge);
    step = await steps.next(Buffer.from(typeof response === 'function' ? response(challenge) : (response as string)));
  }
  return { challenges, credentials: step.done === true ? step.value : undefined };
}

/** What a SCRAM client knows and does not say. */
export interface ScramClientOptions {
  readonly hash?: 'sha1' | 'sha256';
  readonly username?: string;
  readonly password?: string;
  readonly nonce?: string;
  /** The gs2-header. Default: `n,,`. */
  readonly gs2?: string;
  /** Channel binding data that goes with a gs2-header `p=…`. */
  readonly binding?: Buffer;
}

/** The client's side of SCRAM, written from RFC 5802 §3 and §5 for the tests. It prepares nothing and checks the server. */
export class ScramClient {
  /** What the server has to send in the end, once `final()` has been made. */
  expected = '';
  private readonly hash: 'sha1' | 'sha256';
  private readonly bare: string;

  constructor(private readonly options: ScramClientOptions = {}) {
    const { username = 'user', nonce = 'clientnonce' } = options;
    this.hash = options.hash ?? 'sha256';
    this.bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  /** client-first-message. */
  first(): string {
    return (this.options.gs2 ?? 'n,,') + this.bare;
  }

  /** client-final-message. */
  final(serverFirst: string): string {
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
    const { gs2 = 'n,,', binding = Buffer.alloc(0), password = 'pencil' } = this.options;
    const withoutProof = `c=${Buffer.concat([Buffer.from(gs2), binding]).toString('base64')},r=${nonce}`;
    const authMessage = `${this.bare},${serverFirst},${withoutProof}`;
    const length = this.hash === 'sha1' ? 20 : 32;
    const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), length, this.hash);
    const clientKey = this.hmac(salted, 'Client Key');
    const signature = this.hmac(createHash(this.hash).update(clientKey).digest(), authMessage);
    const proof = clientKey.map((octet, index) => octet ^ signature[index]!);
    this.expected = `v=${this.hmac(this.hmac(salted, 'Server Key'), authMessage).toString('base64')}`;
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  private hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.hash, key).update(text).digest();
  }
}
