import { RpcException } from '@nestjs/microservices';
import { SmtpError } from 'smtp-engine';
import { SmtpAuthChallenge } from './smtp-auth-challenge.exception.js';
import { SmtpException } from './smtp.exception.js';

test.each([
  [421, '421 4.3.2 x'],
  [450, '450 4.2.0 x'],
  [454, '454 4.7.0 x'],
  [499, '499 4.0.0 x'],
  [535, '535 5.7.8 x'],
  [550, '550 5.7.1 x'],
  [551, '551 5.0.0 x'],
])('%d has an enhanced code of its own', (code, reply) => {
  expect(new SmtpException(code, 'x').reply.toString()).toBe(reply);
});

test('an enhanced code may be given, as an option or in the text', () => {
  expect(new SmtpException(550, 'moved', { enhanced: '5.1.6' }).reply.toString()).toBe('550 5.1.6 moved');
  expect(new SmtpException(550, '5.1.6 moved').reply.toString()).toBe('550 5.1.6 moved');
  expect(() => new SmtpException(550, 'x', { enhanced: '4.1.6' })).toThrow(TypeError);
});

test.each([250, 354, 600, NaN])('%d refuses nothing', (code) => {
  expect(() => new SmtpException(code, 'x')).toThrow(TypeError);
});

test('it is an RpcException whose error is the reply with its cause', () => {
  const cause = new Error('why');
  const exception = new SmtpException(552, 'full', { cause });
  expect(exception).toBeInstanceOf(RpcException);
  expect(exception).toMatchObject({ name: 'SmtpException', cause, message: '552 5.3.4 full' });
  expect(exception.getError()).toBeInstanceOf(SmtpError);
  expect(exception.getError()).toMatchObject({ reply: exception.reply, cause });
  expect(new SmtpException(552, 'full').cause).toBeUndefined();
});

test('a challenge travels with the error', () => {
  const challenge = new SmtpAuthChallenge({ status: '401' });
  expect(challenge.getError()).toMatchObject({ challenge: { status: '401' }, reply: { code: 535, enhanced: '5.7.8' } });
  expect(challenge.getError().cause).toBeUndefined();
});
