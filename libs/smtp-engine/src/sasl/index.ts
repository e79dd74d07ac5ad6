import { anonymous } from './anonymous.js';
import { cramMd5 } from './cram-md5.js';
import { external } from './external.js';
import { login } from './login.js';
import type { Mechanism } from './mechanism.js';
import { oauthBearer } from './oauthbearer.js';
import { plain } from './plain.js';
import { scramSha1, scramSha1Plus } from './scram-sha-1.js';
import { scramSha256, scramSha256Plus } from './scram-sha-256.js';
import { xoauth2 } from './xoauth2.js';

/** Every mechanism, by its name in capitals. */
export const mechanisms: ReadonlyMap<string, Mechanism> = new Map(
  [
    plain,
    login,
    cramMd5,
    xoauth2,
    oauthBearer,
    scramSha1,
    scramSha1Plus,
    scramSha256,
    scramSha256Plus,
    external,
    anonymous,
  ].map((mechanism) => [mechanism.name, mechanism]),
);
