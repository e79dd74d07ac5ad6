import { certificateIdentity } from './certificate-identity.js';
import type { Mechanism, Requirement, SaslContext } from './mechanism.js';

/** RFC 9266, RFC 5929. */
const BINDING_TYPES: readonly string[] = ['tls-exporter', 'tls-server-end-point'];

const IS_MET: Readonly<Record<Requirement, (context: SaslContext) => boolean>> = {
  secret: ({ secret }) => secret !== undefined,
  'client-certificate': ({ clientCertificate }) =>
    clientCertificate !== undefined && certificateIdentity(clientCertificate) !== undefined,
  'channel-binding': (context) => BINDING_TYPES.some((type) => context.channelBinding(type) !== undefined),
};

/** Whether a mechanism can succeed in these surroundings. */
export function canSucceed({ requires = [] }: Mechanism, context: SaslContext): boolean {
  return requires.every((requirement) => IS_MET[requirement](context));
}
