import { Controller } from '@nestjs/common';
import {
  AnonymousAuth,
  OAuthBearerAuth,
  PasswordAuth,
  ScramAuth,
  type ScramQuery,
  scramSecret,
  Session,
  SmtpAuth,
  SmtpAuthChallenge,
  SmtpCommand,
  SmtpCredentials,
  SmtpSecret,
  SmtpSession,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { IsEmail } from 'class-validator';
import { base64, compile, startSmtp } from '../support/nest-smtp.js';
import { ScramClient } from '../support/sasl.js';

const REFUSED = '535 5.7.8 Authentication credentials invalid';
const SUCCESS = '235 2.7.0 Authentication successful';

@Controller()
class SecretController {
  @SmtpSecret()
  async secret({ username, mechanism }: ScramQuery) {
    if (username === 'broken') throw new Error('inner text');
    return username === 'user' ? scramSecret('pencil', mechanism, { iterations: 4096 }) : undefined;
  }

  @SmtpCommand('XWHO')
  who(_command: unknown, { session }: { session: Session }) {
    return JSON.stringify(session.user);
  }
}

async function scram(client: DialogueClient, options: ConstructorParameters<typeof ScramClient>[0]): Promise<string> {
  const peer = new ScramClient(options);
  const first = await client.command(`AUTH SCRAM-SHA-256 ${base64(peer.first())}`);
  if (first.code !== 334) return first.raw.join();
  const final = await client.command(base64(peer.final(Buffer.from(first.lines[0]!, 'base64').toString())));
  if (final.code !== 334) return final.raw.join();
  expect(Buffer.from(final.lines[0]!, 'base64').toString()).toBe(peer.expected);
  return (await client.command('')).raw.join();
}

const options = { maxFailedLogins: false, authFailureDelayMs: false, scramIterations: 4096 } as const;

describe('SCRAM', () => {
  test('@SmtpSecret() alone: SCRAM-SHA-256 is offered, a proof that fits logs in', async () => {
    const smtp = await startSmtp({ controllers: [SecretController], options });
    const client = await smtp.connectSecurely();
    expect((await client.ehlo()).lines).toContain('AUTH SCRAM-SHA-256');
    expect(await scram(client, { password: 'pen' })).toBe(REFUSED);
    expect(await scram(client, { username: 'nobody' })).toBe(REFUSED);
    expect(await scram(client, { username: 'broken' })).toMatch(/^454 4\.7\.0 (?!.*inner)/);
    expect(await scram(client, {})).toBe(SUCCESS);
    expect((await client.command('XWHO')).raw[0]).toBe('250 2.0.0 {"username":"user"}');
    await client.quit();
    await smtp.close();
    expect(smtp.log.find(/inner text/)).toMatch(/^error /);
  });

  test('a handler says who the user is, as with every mechanism', async () => {
    @Controller()
    class Logins {
      @SmtpAuth('SCRAM-SHA-256')
      scram(auth: ScramAuth) {
        return auth.verified && { name: auth.username, by: auth.method };
      }
    }
    const smtp = await startSmtp({ controllers: [SecretController, Logins], options });
    const client = await smtp.connectSecurely();
    expect(await scram(client, {})).toBe(SUCCESS);
    expect((await client.command('XWHO')).raw[0]).toBe('250 2.0.0 {"name":"user","by":"SCRAM-SHA-256"}');
    await client.quit();
    await smtp.close();
  });

  test.each([
    ['in authMethods', ['PLAIN', 'SCRAM-SHA-1'], /^listener 'default': SCRAM-SHA-1 needs .*; add @SmtpSecret\(\)/],
    ['by its handler', undefined, /^listener 'default': SCRAM-SHA-256-PLUS needs .*; add @SmtpSecret\(\)/],
  ])('named %s without @SmtpSecret() it is one boot error', async (_name, authMethods, expected) => {
    @Controller()
    class Logins {
      @SmtpAuth()
      any() {
        return true;
      }
    }
    @Controller()
    class ScramLogins {
      @SmtpAuth('SCRAM-SHA-256-PLUS')
      scram() {
        return true;
      }
    }
    const controllers = authMethods === undefined ? [ScramLogins] : [Logins];
    const module = await compile({ controllers, options: authMethods === undefined ? {} : { authMethods } });
    await expect(module.init()).rejects.toMatchObject({ problems: [expect.stringMatching(expected)] });
    await module.close();
  });
});

describe('the other mechanisms', () => {
  class Guest extends AnonymousAuth {
    @IsEmail() declare readonly trace: string;
  }

  @Controller()
  class Logins {
    @SmtpAuth('OAUTHBEARER')
    bearer(auth: OAuthBearerAuth) {
      if (auth.accessToken === 'good') return { name: auth.authzid };
      if (auth.accessToken === 'old') return null;
      throw new SmtpAuthChallenge({ status: 'invalid_token', scope: 'mail' });
    }

    @SmtpAuth('ANONYMOUS')
    guest(@SmtpCredentials(Guest) auth: Guest, @SmtpSession() _session: Session) {
      return { guest: auth.trace };
    }

    @SmtpAuth('PLAIN')
    plain(_auth: PasswordAuth) {
      return false;
    }
  }

  const bearer = (token: string): string => `AUTH OAUTHBEARER ${base64(`n,a=ann,\x01auth=Bearer ${token}\x01\x01`)}`;

  test('OAUTHBEARER: the error challenge says why, then 535', async () => {
    const smtp = await startSmtp({ controllers: [Logins], options });
    const client = await smtp.connectSecurely();
    const refused = await client.command(bearer('bad'));
    expect(refused.code).toBe(334);
    expect(JSON.parse(Buffer.from(refused.lines[0]!, 'base64').toString())).toEqual({
      status: 'invalid_token',
      scope: 'mail',
    });
    expect((await client.command(base64('\x01'))).raw).toEqual([REFUSED]);
    expect(await client.command(bearer('old'))).toMatchObject({ code: 334 });
    expect((await client.command(base64('\x01'))).raw).toEqual([REFUSED]);
    expect((await client.command(bearer('good'))).raw).toEqual([SUCCESS]);
    await client.quit();
    await smtp.close();
  });

  test('ANONYMOUS: a class with rules', async () => {
    const smtp = await startSmtp({ controllers: [Logins], options });
    const client = await smtp.connectSecurely();
    expect((await client.command(`AUTH ANONYMOUS ${base64('who')}`)).raw).toEqual([REFUSED]);
    expect((await client.command(`AUTH ANONYMOUS ${base64('bob@example.com')}`)).raw).toEqual([SUCCESS]);
    await client.quit();
    await smtp.close();
    expect(smtp.log.find(/Guest refuses the credentials \(trace: isEmail\)/)).toBeDefined();
  });

  test('EXTERNAL without client certificates: a boot error that names requestCert', async () => {
    @Controller()
    class Certificates {
      @SmtpAuth('EXTERNAL')
      external() {
        return true;
      }
    }
    const module = await compile({ controllers: [Certificates] });
    await expect(module.init()).rejects.toMatchObject({
      problems: [expect.stringMatching(/EXTERNAL, which needs TLS that asks .*requestCert: true/)],
    });
    await module.close();
  });
});
