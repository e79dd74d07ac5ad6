import type { X509Certificate } from 'node:crypto';
import type { Backend } from './backend.js';
import type { Mechanism, SaslContext } from './sasl/mechanism.js';
import { canSucceed } from './sasl/requirements.js';
import { ScramDecoys } from './sasl/scram-decoys.js';
import { callHook } from './session/hook.js';
import type { Session } from './session/session.js';

/** One for each server, whatever the listener: a user must not be found out by asking on two ports. */
const decoys = new WeakMap<Backend, ScramDecoys>();

/** What the mechanisms may know of a session. Nothing of it is made before one asks: PLAIN needs next to nothing. */
export class SaslSurroundings implements SaslContext {
  constructor(private readonly session: Session) {}

  /** What can succeed in this session now: EHLO says it, and AUTH takes nothing else. */
  get offered(): readonly Mechanism[] {
    const { authMethods, mechanisms } = this.session.options;
    const offered: Mechanism[] = [];
    for (const name of authMethods) {
      const mechanism = mechanisms.get(name);
      if (mechanism !== undefined && canSucceed(mechanism, this)) offered.push(mechanism);
    }
    return offered;
  }

  get serverName(): string {
    return this.session.options.name;
  }

  get clientCertificate(): X509Certificate | undefined {
    return this.session.clientCertificate;
  }

  get allowsEmptyPassword(): boolean {
    return this.session.options.allowEmptyPasswords;
  }

  get secret(): SaslContext['secret'] {
    const { session } = this;
    const { backend } = session;
    return backend.secret && (async (query) => callHook('secret', session, () => backend.secret!(query, session)));
  }

  get decoys(): ScramDecoys {
    const { backend, options } = this.session;
    let found = decoys.get(backend);
    if (found === undefined)
      decoys.set(backend, (found = new ScramDecoys(options.scramIterations, options.scramDecoyKey)));
    return found;
  }

  channelBinding(type: string): Buffer | undefined {
    return this.session.channelBinding(type);
  }

  offers(name: string): boolean {
    return this.offered.some((mechanism) => mechanism.name === name);
  }

  nonce(): string {
    return this.session.nonce();
  }
}
