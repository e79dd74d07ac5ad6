import type { ArgumentsHost } from '@nestjs/common';
import { Envelope, ForwardPath, type Session, ReversePath, type Transaction } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from './smtp.context.js';

const session = {
  id: '0123456789abcdef',
  listener: 'mx',
  remoteAddress: '192.0.2.1',
  user: 'ann',
  envelope: undefined,
} as unknown as Session;
const transaction = { envelope: new Envelope(new ReversePath('', '', '')) } as Transaction;
const path = new ForwardPath('bob@example.com', 'bob', 'example.com');
const context = new SmtpContext('rcpt', { verb: 'RCPT', args: '' }, session, transaction, path);

const host = (type: string, given: unknown): ArgumentsHost =>
  ({ getType: () => type, switchToRpc: () => ({ getContext: () => given }) }) as unknown as ArgumentsHost;

test('gives what its stage has, and undefined for the rest', () => {
  expect(context).toMatchObject({ listener: 'mx', user: 'ann', path, envelope: transaction.envelope });
  expect(context.credentials).toBeUndefined();
  expect(context.message).toBeUndefined();
  expect(new SmtpContext('auth', { verb: 'AUTH', args: '' }, session).envelope).toBeUndefined();
});

test('can be logged', () => {
  expect(JSON.parse(JSON.stringify(context))).toEqual({
    stage: 'rcpt',
    verb: 'RCPT',
    session: '0123456789abcdef',
    listener: 'mx',
    remoteAddress: '192.0.2.1',
  });
});

test('is found in a host, and missed where the host is none of ours', () => {
  expect(SmtpContext.of(host('rpc', context))).toBe(context);
  expect(isSmtpContext(host('rpc', context))).toBe(true);
  for (const other of [host('http', context), host('rpc', {})]) {
    expect(isSmtpContext(other)).toBe(false);
    expect(() => SmtpContext.of(other)).toThrow(/isSmtpContext/);
  }
});
