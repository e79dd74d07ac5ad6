import { test } from '@jest/globals';
import { SMTPServer as Ours } from 'smtp-engine/compat';
import { SMTPServer as Original } from 'smtp-server';

export type Library = typeof Original;

/** What each test here runs with: a test that is wrong about the original fails with it. */
export const libraries: readonly (readonly [string, Library])[] = [
  ['smtp-server', Original],
  ['smtp-engine/compat', Ours as unknown as Library],
];

/** A test of what ours does not do yet: once it does, the test says so by failing, and becomes an ordinary one. */
export function missingInOurs(library: string): typeof test.failing | typeof test {
  return library === 'smtp-server' ? test : test.failing;
}
