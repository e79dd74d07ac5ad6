import type { Backend } from './backend.js';
import type { ResolvedOptions } from './resolved-options.js';
import type { Requirement } from './sasl/mechanism.js';

/** Whether a requirement can be met at all with these options, and what to write where it cannot. */
const CHECKS: Readonly<
  Record<Requirement, { readonly advice: string; isMet(options: ResolvedOptions, backend: Backend): boolean }>
> = {
  secret: {
    advice: 'needs a secret handler that knows the secrets of users',
    isMet: (_options, backend) => backend.secret !== undefined,
  },
  'client-certificate': {
    advice: 'needs TLS that asks clients for a certificate: give key, cert and requestCert: true',
    isMet: (options) => options.requestCert && isTlsPossible(options),
  },
  'channel-binding': {
    advice: 'needs TLS: give key and cert, and do not disable STARTTLS',
    isMet: isTlsPossible,
  },
};

/** Adds a text for every mechanism in `authMethods` that is not known, or can never succeed. */
export function checkMechanisms(options: ResolvedOptions, backend: Backend, problems: string[]): void {
  for (const method of options.authMethods) {
    const mechanism = options.mechanisms.get(method);
    if (method === 'XCLIENT') {
      problems.push(
        `authMethods names XCLIENT, which is no SASL mechanism; trust a proxy with useXClient: ['10.0.0.5'] instead`,
      );
    } else if (mechanism === undefined) {
      problems.push(
        `authMethods names ${method}, which is not known; there are ${[...options.mechanisms.keys()].join(', ')}`,
      );
    } else {
      const unmet = mechanism.requires?.find((requirement) => !CHECKS[requirement].isMet(options, backend));
      if (unmet !== undefined) problems.push(`authMethods names ${method}, which ${CHECKS[unmet].advice}`);
    }
  }
}

function isTlsPossible({ secure, tlsConfigured, disabledCommands }: ResolvedOptions): boolean {
  return tlsConfigured && (secure || !disabledCommands.has('STARTTLS'));
}
