import { SMTPServer } from 'smtp-server';

/** The tenth command of somebody who has not logged in is the last one. */
export const server = new SMTPServer({ maxAllowedUnauthenticatedCommands: 10, logger: false });

/** No limit, as the documentation has it. */
export const patient = new SMTPServer({ maxAllowedUnauthenticatedCommands: false, logger: false });
