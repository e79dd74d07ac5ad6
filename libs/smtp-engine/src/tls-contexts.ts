import { createSecureContext, type SecureContext, type TLSSocketOptions } from 'node:tls';
import type { SessionOptions, TlsOptions } from './options.js';

/** What a listener's TLS is made of. */
export type TlsMaterial = Pick<SessionOptions, keyof TlsOptions | 'sniOptions' | 'SNICallback'>;

const TLS_MATERIAL = [
  'key',
  'cert',
  'ca',
  'pfx',
  'passphrase',
  'ciphers',
  'honorCipherOrder',
  'ecdhCurve',
  'dhparam',
  'minVersion',
  'maxVersion',
  'sigalgs',
  'secureOptions',
  'sessionIdContext',
  'sniOptions',
  'SNICallback',
] as const satisfies readonly (keyof TlsMaterial)[];

/** What TLS is made of, out of all the options of a listener. */
export function materialOf(options: { readonly [Name in keyof TlsMaterial]: unknown }): TlsMaterial {
  return Object.fromEntries(
    TLS_MATERIAL.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** Whether clients are asked for a certificate, and must have one that can be verified. */
export type ClientCertificatePolicy = Pick<TLSSocketOptions, 'requestCert' | 'rejectUnauthorized'>;

/** The certificates of a listener: the default one, and those for the names that clients ask for (SNI, RFC 6066 §3). */
export class TlsContexts {
  /** For handshakes, the same for all. */
  readonly socketOptions: TLSSocketOptions;
  private readonly byName = new Map<string, SecureContext>();
  private readonly fallback: SecureContext;
  private readonly choose: NonNullable<TLSSocketOptions['SNICallback']> = (name, answer) => {
    answer(null, this.find(name.toLowerCase()));
  };

  /** @throws an error of OpenSSL for a bad key or certificate */
  constructor(
    private readonly material: TlsMaterial,
    private readonly policy: ClientCertificatePolicy,
  ) {
    const { sniOptions, SNICallback, ...common } = material;
    this.fallback = createContext(common);
    const named = sniOptions instanceof Map ? sniOptions : Object.entries(sniOptions ?? {});
    for (const [name, own] of named as Iterable<[string, TlsOptions]>) {
      this.byName.set(name.toLowerCase(), createContext({ ...withoutKeys(common), ...own }));
    }
    const chosenBy = SNICallback ?? (this.byName.size === 0 ? undefined : this.choose);
    this.socketOptions = Object.freeze({
      ...policy,
      secureContext: this.fallback,
      ...(chosenBy === undefined ? {} : { SNICallback: chosenBy }),
    });
  }

  /** The same with other material; what is not given stays. */
  with(material: TlsMaterial): TlsContexts {
    return new TlsContexts({ ...this.material, ...material }, this.policy);
  }

  /** The name itself, else the wildcard of its parent domain, else the default. */
  private find(name: string): SecureContext {
    const wildcard = `*.${name.slice(name.indexOf('.') + 1)}`;
    return this.byName.get(name) ?? this.byName.get(wildcard) ?? this.fallback;
  }
}

function createContext(options: TlsOptions): SecureContext {
  // Without a session id context OpenSSL refuses clients that resume a session with a certificate; any will do.
  const { minVersion = 'TLSv1.2', sessionIdContext = 'smtp-engine' } = options;
  return createSecureContext({ ...options, minVersion, sessionIdContext });
}

/** Settings are inherited by a name, keys are not: one of the default's would not fit its certificate. */
function withoutKeys(options: TlsOptions): TlsOptions {
  const { key: _key, cert: _cert, pfx: _pfx, passphrase: _passphrase, ...settings } = options;
  return settings;
}
