import type { Type } from '@nestjs/common';
import {
  AnonymousAuth,
  AuthCredentials,
  CramMd5Auth,
  ExternalAuth,
  LoginAuth,
  OAuthBearerAuth,
  PasswordAuth,
  PlainAuth,
  replies,
  ScramAuth,
  SmtpError,
  XClientAuth,
  XOAuth2Auth,
} from 'smtp-engine';
import { smtpParameter } from './smtp-parameter.js';

/** The classes to extend, the special ones first. */
const AUTH_CLASSES: readonly (abstract new (...args: never[]) => AuthCredentials)[] = [
  PlainAuth,
  LoginAuth,
  PasswordAuth,
  CramMd5Auth,
  ScramAuth,
  XOAuth2Auth,
  OAuthBearerAuth,
  ExternalAuth,
  AnonymousAuth,
  XClientAuth,
  AuthCredentials,
];

/** Credentials that break the rules of the class they were asked for: which property, which rule, and no value. */
class InvalidCredentials extends Error {
  override readonly name = 'InvalidCredentials';
}

const credentials = smtpParameter<Type<AuthCredentials> | undefined>({
  name: 'SmtpCredentials',
  stages: ['auth'],
  needs: (type) => (type === undefined ? undefined : 'class-validator'),
  read: ({ credentials: given }, type) => (type === undefined ? given : validated(given!, type)),
});

/**
 * The credentials at hand. With a class of your own, a subclass of `PasswordAuth`, `CramMd5Auth` …, they are an instance
 * of it, made without running its constructor and checked by class-validator (which must be installed); invalid ones
 * get 535 5.7.8 (RFC 4954 §6), and the log which rules they broke. Outside `@SmtpAuth()` a boot error.
 *
 * @throws TypeError, when the application is loaded, for a class that extends none of the auth classes
 * @example staff(@SmtpCredentials(StaffLogin) auth: StaffLogin) { … }
 */
export function SmtpCredentials(type?: Type<AuthCredentials>): ParameterDecorator {
  if (type !== undefined && !(type.prototype instanceof AuthCredentials)) {
    throw new TypeError(`@SmtpCredentials(${type.name}): the class must extend PasswordAuth or another auth class`);
  }
  return credentials(type);
}

/** Whether a type is a class of credentials that the application has made; only `@SmtpCredentials(type)` makes instances of it. */
export function isOwnCredentials(type: unknown): type is Type<AuthCredentials> {
  return (
    typeof type === 'function' && type.prototype instanceof AuthCredentials && !AUTH_CLASSES.includes(type as never)
  );
}

async function validated<T extends AuthCredentials>(given: AuthCredentials, type: Type<T>): Promise<T> {
  const { method } = given;
  const base = AUTH_CLASSES.find((candidate) => type === candidate || type.prototype instanceof candidate)!;
  if (!(given instanceof base)) {
    throw new TypeError(`${type.name} is a ${base.name}, but the client used ${method}: restrict @SmtpAuth()`);
  }
  const instance = Object.assign(Object.create(type.prototype as object) as T, given);
  // Loaded on use: applications that validate no credentials need not install it.
  const { validate } = await import('class-validator');
  const errors = await validate(instance, { forbidUnknownValues: false });
  if (errors.length === 0) return instance;
  const reasons = errors.map(
    ({ property, constraints }) => `${property}: ${Object.keys(constraints ?? {}).join(', ')}`,
  );
  throw new SmtpError(replies.authenticationFailed, {
    cause: new InvalidCredentials(`${type.name} refuses the credentials (${reasons.join('; ')})`),
  });
}
