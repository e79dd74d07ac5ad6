import { timingSafeEqual } from 'node:crypto';
import {
  EMPTY_CHALLENGE,
  type Mechanism,
  readText,
  type SaslContext,
  SaslFailure,
  SaslSyntaxError,
} from './mechanism.js';
import { saslprep } from './saslprep.js';
import { ScramAuth, ScramProof } from './scram-auth.js';
import { checkSecret, proofLength, type ScramKeys, type ScramMechanism, type ScramSecret } from './scram-keys.js';
import { type ClientFirst, readClientFinal, readClientFirst } from './scram-messages.js';

/** What the server says of a user's password, and how the proof is checked then. */
interface Answer extends Pick<ScramKeys, 'salt' | 'iterations'> {
  /** Undefined where the application checks it, with `validatePassword()`. */
  readonly check: ((proof: ScramProof) => boolean | Promise<boolean>) | undefined;
}

/**
 * A SCRAM mechanism (RFC 5802 §5), without and with channel binding:
 * client-first `n,,n=user,r=…`, server-first `r=…,s=salt,i=iterations`, client-final `c=…,r=…,p=proof`, and, when the
 * application has accepted, server-final `v=signature`.
 */
export function scram(mechanism: ScramMechanism, withBinding: boolean): Mechanism {
  const name = withBinding ? (`${mechanism}-PLUS` as const) : mechanism;
  return {
    name,
    cleartext: false,
    clientFirst: true,
    requires: withBinding ? ['secret', 'channel-binding'] : ['secret'],
    async *exchange(context) {
      const first = readClientFirst(readText(yield EMPTY_CHALLENGE));
      const expected = bindingInput(first, withBinding, mechanism, context);
      const answer = await answerFor(first, mechanism, context);
      const nonce = first.nonce + context.nonce();
      const serverFirst = `r=${nonce},s=${Buffer.from(answer.salt).toString('base64')},i=${answer.iterations}`;

      const final = readClientFinal(readText(yield Buffer.from(serverFirst)), proofLength(mechanism));
      if (final.nonce !== nonce) throw new SaslSyntaxError('the nonce is another one');
      const authMessage = `${first.gs2.message},${serverFirst},${final.withoutProof}`;
      const proof = new ScramProof(mechanism, answer, authMessage, final.proof);
      // Both are looked at whatever the first one comes to: no failure is faster than another.
      const isRight = (await answer.check?.(proof)) ?? true;
      if (!isEqual(final.binding, expected) || !isRight) {
        proof.wipe();
        throw new SaslFailure(first.username, 'the proof is wrong');
      }
      return new ScramAuth(name, first.username, first.gs2.authzid, proof);
    },
    successChallenge: (credentials) => (credentials as ScramAuth).serverFinal(),
  };
}

/** What `c=` has to be (RFC 5802 §6): the gs2-header, and the data of the channel binding where one is used. */
function bindingInput(
  { gs2, username }: ClientFirst,
  withBinding: boolean,
  mechanism: ScramMechanism,
  context: SaslContext,
): Buffer {
  const header = Buffer.from(gs2.raw);
  if ((gs2.binding !== undefined) !== withBinding) throw new SaslSyntaxError('-PLUS and p= belong together');
  if (gs2.binding !== undefined) {
    const data = context.channelBinding(gs2.binding);
    if (data === undefined) throw new SaslFailure(username, 'there is no channel binding of this type');
    return Buffer.concat([header, data]);
  }
  // RFC 5802 §6: somebody between us has hidden the -PLUS mechanism from a client that would have taken it.
  if (gs2.flag === 'y' && context.offers(`${mechanism}-PLUS`)) {
    throw new SaslFailure(username, 'the client was led to believe that there is no channel binding');
  }
  return header;
}

async function answerFor(first: ClientFirst, mechanism: ScramMechanism, context: SaslContext): Promise<Answer> {
  const { username, gs2 } = first;
  const { decoys } = context;
  const secret = usable(await context.secret!({ username, authzid: gs2.authzid, mechanism }));
  if (secret === undefined) {
    const check = async (): Promise<boolean> => {
      await decoys.pretend(username, mechanism);
      return false;
    };
    return { ...decoys.saltOf(username, mechanism), check };
  }
  if ('password' in secret) {
    const check = async (proof: ScramProof): Promise<boolean> => {
      const keys = await decoys.keysOf(secret.password, username, mechanism);
      const isRight = proof.check(keys);
      keys.storedKey.fill(0);
      keys.serverKey.fill(0);
      return isRight;
    };
    return { ...decoys.saltOf(username, mechanism), check };
  }
  checkSecret(secret, mechanism);
  const { salt, iterations } = secret;
  return { salt, iterations, check: 'storedKey' in secret ? (proof) => proof.check(secret) : undefined };
}

/** A password that SASLprep does not allow is none with which SCRAM could log anybody in. */
function usable(secret: ScramSecret | null | undefined): ScramSecret | undefined {
  if (secret === null || secret === undefined) return undefined;
  return 'password' in secret && saslprep(secret.password) === undefined ? undefined : secret;
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
