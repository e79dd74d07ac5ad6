import * as named from './named.exceptions.js';
import { SmtpException } from './smtp.exception.js';

const TABLE = {
  SmtpServiceUnavailable: '421 4.3.0 Service not available, closing connection',
  SmtpMailboxBusy: '450 4.2.0 Mailbox busy, try again later',
  SmtpTryAgainLater: '451 4.7.1 Try again later',
  SmtpMailboxFull: '452 4.2.2 Mailbox full',
  SmtpStorageFull: '452 4.3.1 Insufficient system storage',
  SmtpAuthUnavailable: '454 4.7.0 Temporary authentication failure',
  SmtpAuthRequired: '530 5.7.0 Authentication required',
  SmtpAuthInvalid: '535 5.7.8 Authentication credentials invalid',
  SmtpMailboxUnavailable: '550 5.1.1 Mailbox unavailable',
  SmtpNotPermitted: '550 5.7.1 Not permitted',
  SmtpMailboxMoved: '551 5.1.6 Mailbox has moved',
  SmtpMessageTooLarge: '552 5.3.4 Message exceeds the maximum message size',
  SmtpContentRefused: '554 5.6.0 Message content refused',
} as const;

test('the table is whole', () => {
  expect(Object.keys(named).sort()).toEqual(Object.keys(TABLE).sort());
});

test.each(Object.entries(TABLE))('%s is %s', (name, reply) => {
  const type = named[name as keyof typeof TABLE];
  const cause = new Error('why');
  const exception = new type();
  expect(exception).toBeInstanceOf(SmtpException);
  expect(exception).toBeInstanceOf(type);
  expect(exception).toMatchObject({ name, message: reply });
  expect(type.name).toBe(name);
  const own = new type('my own words', { cause });
  expect(own.reply).toMatchObject({ code: exception.reply.code, enhanced: exception.reply.enhanced });
  expect(own).toMatchObject({ cause, reply: { text: 'my own words' } });
});

test('a finer enhanced code may be given', () => {
  const exception = new named.SmtpMailboxUnavailable('It is disabled', { enhanced: '5.2.1' });
  expect(exception.reply.toString()).toBe('550 5.2.1 It is disabled');
});
