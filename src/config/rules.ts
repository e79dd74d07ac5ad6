import { isIP } from 'node:net';
import { ValidateBy, isNumberString } from 'class-validator';
import { PASSWORD_BYTES, USERNAME_BYTES, isPassword, isUsername } from '../accounts/account-names.js';

/**
 * Property decorators for the variables of the environment. Each says what is wrong and what to write instead. The value
 * is shown where it helps, but those for secrets never show it.
 */

const HIGHEST_PORT = 65_535;

export const IsPort = (): PropertyDecorator =>
  rule('isPort', (text) => isWhole(text, 0, HIGHEST_PORT), {
    shown: true,
    wanted: `a whole number from 0 to ${HIGHEST_PORT}; 0 takes a free port`,
  });

export const IsByteCount = (): PropertyDecorator =>
  rule('isByteCount', (text) => isWhole(text, 1, Number.MAX_SAFE_INTEGER), {
    shown: true,
    wanted: 'a whole number of octets from 1 on, without a unit, e.g. 52428800',
  });

export const IsCount = (highest = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  rule('isCount', (text) => isWhole(text, 1, highest), {
    shown: true,
    wanted: highest === Number.MAX_SAFE_INTEGER ? 'a whole number from 1 on' : `a whole number from 1 to ${highest}`,
  });

export const IsAddress = (): PropertyDecorator =>
  rule('isAddress', (text) => isIP(text) !== 0, {
    shown: true,
    wanted: 'an IP address of this machine, e.g. 127.0.0.1, or 0.0.0.0 or :: for all of them',
  });

export const IsDomainName = (): PropertyDecorator =>
  rule('isDomainName', isDomainName, {
    shown: true,
    wanted: 'a domain name, e.g. mx.example.com',
  });

export const IsUsername = (): PropertyDecorator =>
  rule('isUsername', isUsername, {
    shown: false,
    wanted: `a user name of 1 to ${USERNAME_BYTES} octets without control characters`,
  });

export const IsAccountPassword = (): PropertyDecorator =>
  rule('isAccountPassword', isPassword, {
    shown: false,
    wanted: `a password of 1 to ${PASSWORD_BYTES} octets without control characters`,
  });

/** RFC 6750 §2.1: what a Bearer header can carry. */
export const IsBearerToken = (): PropertyDecorator =>
  rule('isBearerToken', (text) => /^[A-Za-z0-9._~+/-]+=*$/.test(text), {
    shown: false,
    wanted: 'a token of letters, digits and - . _ ~ + / only, e.g. from "openssl rand -hex 32"',
  });

/** RFC 5321 §2.3.5 and RFC 1035 §2.3.1: labels of letters, digits and hyphens. Not an address literal. */
export function isDomainName(text: string): boolean {
  if (text.length > 255 || isIP(text) !== 0) return false;
  return text.split('.').every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
}

function isWhole(text: string, lowest: number, highest: number): boolean {
  if (!isNumberString(text, { no_symbols: true })) return false;
  const value = Number(text);
  return value >= lowest && value <= highest;
}

function rule(
  name: string,
  holds: (text: string) => boolean,
  { shown, wanted }: { readonly shown: boolean; readonly wanted: string },
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && holds(value),
      defaultMessage: (args) => {
        const problem = shown ? `is ${JSON.stringify(args?.value)}` : 'cannot be used';
        return `${problem}; write ${wanted}`;
      },
    },
  });
}
