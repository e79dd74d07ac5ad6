import { Controller, type Type } from '@nestjs/common';
import { IsEmail } from 'class-validator';
import {
  MessageStream,
  PasswordAuth,
  Session,
  SmtpAuth,
  SmtpContext,
  SmtpCredentials,
  SmtpData,
  SmtpMailFrom,
  type SmtpModuleOptions,
  SmtpParam,
  SmtpRcptTo,
  SmtpSetupError,
} from 'nestjs-smtp';
import { compile } from '../support/nest-smtp.js';

async function problemsOf(options: SmtpModuleOptions, ...controllers: Type[]): Promise<readonly string[]> {
  const module = await compile({ controllers, options });
  try {
    await module.init();
  } catch (error) {
    if (error instanceof SmtpSetupError) return error.problems;
    throw error;
  } finally {
    await module.close();
  }
  return [];
}

/** All that users get wrong, at once. */
@Controller()
class WrongController {
  @SmtpAuth('PLAIN', 'NTLM')
  login(_auth: PasswordAuth) {
    return true;
  }

  @SmtpAuth('PLAIN')
  again(_auth: PasswordAuth) {
    return true;
  }

  @SmtpMailFrom()
  sender(_path: unknown, _context: SmtpContext, _session: Session) {
    return true;
  }

  @SmtpData('a b@example.com')
  blank(message: MessageStream) {
    message.discard();
  }

  @SmtpData('no-domain@')
  unending(message: MessageStream) {
    message.discard();
  }

  @SmtpData('*@example.com')
  receive(message: MessageStream) {
    message.discard();
  }

  @SmtpRcptTo('bob@example.org')
  bob() {
    return true;
  }
}

const listeners = [
  { id: 'submission', port: 0 },
  { id: 'mx', role: 'mx', port: 0 },
] as const;

test('one start tells all: duplicates, mechanisms, parameters, patterns, recipients that nobody receives, options', async () => {
  const options = { port: undefined as never, listeners, size: -1 };
  expect(await problemsOf(options, WrongController)).toEqual([
    "@SmtpAuth('PLAIN') is on WrongController.login and on WrongController.again; keep one",
    expect.stringMatching(/^WrongController\.blank: @SmtpData\('a b@example\.com'\) can match nothing: /),
    expect.stringMatching(/^WrongController\.unending: @SmtpData\('no-domain@'\) can match nothing: /),
    expect.stringMatching(/^WrongController\.sender: parameter 2 has no decorator/),
    expect.stringMatching(/^WrongController\.login: @SmtpAuth\('NTLM'\) names no known mechanism; there are PLAIN, /),
    "WrongController.bob: no @SmtpData() of listener 'mx' receives what @SmtpRcptTo('bob@example.org') accepts; add @SmtpData('bob@example.org')",
    expect.stringMatching(/^listener 'submission': size is -1/),
    expect.stringMatching(/^listener 'mx': size is -1/),
  ]);
});

test('a mechanism that is not known is one problem, also where there is no other', async () => {
  @Controller()
  class OldController {
    @SmtpAuth('NTLM')
    login() {
      return true;
    }
  }
  expect(await problemsOf({}, OldController)).toEqual([expect.stringMatching(/names no known mechanism/)]);
});

test('a pattern that is none does not pass for the handler of all recipients', async () => {
  @Controller()
  class TypoController {
    @SmtpData('*@example .com')
    typo(message: MessageStream, @SmtpParam('name') _name: string) {
      message.discard();
    }

    @SmtpData()
    rest(message: MessageStream) {
      message.discard();
    }
  }
  expect(await problemsOf({ role: 'mx', recipients: 'any' }, TypoController)).toEqual([
    expect.stringMatching(
      /^TypoController\.typo: @SmtpData\('\*@example \.com'\) can match nothing: an address has no/,
    ),
  ]);
});

test('an own class of credentials without @SmtpCredentials(): its rules would not be checked', async () => {
  class StaffLogin extends PasswordAuth {
    @IsEmail()
    declare username: string;
  }
  @Controller()
  class StaffController {
    @SmtpAuth('PLAIN')
    login(auth: StaffLogin) {
      return auth.username.endsWith('@staff.example');
    }

    @SmtpAuth('LOGIN')
    fine(@SmtpCredentials(StaffLogin) auth: StaffLogin) {
      return auth.username.endsWith('@staff.example');
    }
  }
  expect(await problemsOf({}, StaffController)).toEqual([
    'StaffController.login: parameter 0 is no StaffLogin by itself, and its rules are not checked; write @SmtpCredentials(StaffLogin)',
  ]);
});
