import { cramMd5 } from './cram-md5.js';
import { login } from './login.js';
import type { Mechanism } from './mechanism.js';
import { plain } from './plain.js';
import { xoauth2 } from './xoauth2.js';

/** Every mechanism, by its name in capitals. */
export const mechanisms: ReadonlyMap<string, Mechanism> = new Map(
  [plain, login, cramMd5, xoauth2].map((mechanism) => [mechanism.name, mechanism]),
);
