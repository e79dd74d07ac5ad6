import { SMTPServer } from 'smtp-server';

/** Three mechanisms, in the order in which EHLO names them. */
export const server = new SMTPServer({
  authMethods: ['CRAM-MD5', 'PLAIN', 'LOGIN'],
  logger: false,
});

/** Says nothing about mechanisms. */
export const byDefault = new SMTPServer({ logger: false });
