import { SMTPServer as Original } from 'smtp-server';

export type Library = typeof Original;

/** What each test here runs with: a test that is wrong about the original fails with it. */
export const libraries: readonly (readonly [string, Library])[] = [['smtp-server', Original]];
