import { Controller, ParseIntPipe, type Type } from '@nestjs/common';
import {
  Envelope,
  ForwardPath,
  MessageStream,
  PasswordAuth,
  Session,
  SmtpAuth,
  SmtpConnect,
  SmtpContext,
  SmtpData,
  SmtpEnvelope,
  SmtpException,
  SmtpMessage,
  type SmtpModuleOptions,
  SmtpParam,
  SmtpRcptTo,
  SmtpSetupError,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { compile, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const taken: unknown[] = [];
beforeEach(() => (taken.length = 0));

function take(message: MessageStream, ...facts: unknown[]): void {
  message.discard();
  taken.push(facts);
}

const addresses = ({ rcptTo }: Envelope): string[] => rcptTo.map(({ address }) => address);

@Controller()
class TicketController {
  @SmtpRcptTo('support+:ticket@example.com')
  ticket(@SmtpParam('ticket', ParseIntPipe) ticket: number) {
    return ticket < 100;
  }

  @SmtpData('support+:ticket@example.com')
  reply(
    @SmtpParam('ticket') ticket: string,
    @SmtpMessage() message: MessageStream,
    @SmtpEnvelope() envelope: Envelope,
  ) {
    take(message, 'ticket', ticket, addresses(envelope));
    return `ticket ${ticket}`;
  }

  @SmtpData('*@archive.example.com')
  archive(message: MessageStream, { params, envelope }: SmtpContext) {
    take(message, 'archive', params, addresses(envelope!));
  }

  @SmtpData('*@:tenant.example.com')
  tenant(message: MessageStream, { params }: SmtpContext) {
    take(message, 'tenant', params);
  }

  @SmtpData('postmaster@*')
  postmaster(message: MessageStream) {
    take(message, 'postmaster');
  }
}

@Controller()
class SubmissionController {
  @SmtpAuth('PLAIN')
  login(auth: PasswordAuth) {
    return auth.password === 'secret';
  }

  @SmtpData()
  submit(message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
    take(message, 'submitted', addresses(envelope));
  }
}

async function transaction(client: DialogueClient, ...to: string[]): Promise<string[]> {
  const replies = [await client.command('MAIL FROM:<ann@example.org>')];
  for (const address of to) replies.push(await client.command(`RCPT TO:<${address}>`));
  replies.push(await client.command('DATA'));
  if (replies.at(-1)!.code === 354) replies.push(await client.command('hello\r\n.'));
  return replies.slice(1).map(({ raw }) => raw.join());
}

describe('recipients as routes', () => {
  let smtp: RunningSmtp;
  let client: DialogueClient;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [TicketController, SubmissionController],
      options: {
        port: undefined as never,
        listeners: [
          { id: 'mx', role: 'mx', port: 0 },
          { id: 'submission', port: 0 },
        ],
      },
    });
  });
  afterAll(() => smtp.close());
  beforeEach(async () => {
    client = await smtp.connect('mx');
    await client.ehlo();
  });
  afterEach(() => client.destroy());

  test('a pattern takes its recipients, with the values as they were sent', async () => {
    expect(await transaction(client, 'Support+017@Example.com')).toEqual([
      '250 2.1.5 Recipient OK',
      '354 Start mail input; end with <CRLF>.<CRLF>',
      '250 2.6.0 ticket 017',
    ]);
    expect(taken).toEqual([['ticket', '017', ['Support+017@Example.com']]]);
  });

  test('the handler of the recipient decides, and so do its pipes', async () => {
    expect(await transaction(client, 'support+100@example.com', 'support+abc@example.com')).toEqual([
      '550 5.1.1 Mailbox unavailable',
      '550 5.7.1 Refused',
      '503 5.5.1 Send RCPT first',
    ]);
  });

  test('what matches nothing is refused, whatever submission takes', async () => {
    const replies = await transaction(client, 'bob@example.org', 'support@example.com', 'x@a.b.example.com');
    expect(replies.slice(0, 3)).toEqual(Array(3).fill('550 5.1.1 Mailbox unavailable'));
  });

  test('the most specific pattern wins', async () => {
    await transaction(client, 'a@archive.example.com');
    await client.command('RSET');
    await transaction(client, 'a@acme.example.com');
    await transaction(client, 'postmaster');
    expect(taken).toEqual([['archive', {}, ['a@archive.example.com']], ['tenant', { tenant: 'acme' }], ['postmaster']]);
  });

  test('one transaction, one route and one set of parameters; the client sends the rest next', async () => {
    const replies = await transaction(
      client,
      'a@archive.example.com',
      'support+1@example.com',
      'b@archive.example.com',
      'nobody@example.org',
    );
    expect(replies.slice(0, 4)).toEqual([
      '250 2.1.5 Recipient OK',
      '452 4.5.3 Send this recipient in another transaction',
      '250 2.1.5 Recipient OK',
      '550 5.1.1 Mailbox unavailable',
    ]);
    await transaction(client, 'support+1@example.com', 'support+2@example.com', 'SUPPORT+1@example.com');
    expect(taken).toEqual([
      ['archive', {}, ['a@archive.example.com', 'b@archive.example.com']],
      ['ticket', '1', ['SUPPORT+1@example.com']],
    ]);
  });

  test('where people log in patterns do not hold', async () => {
    const sender = await smtp.connectSecurely('submission');
    await sender.authPlain('ann', 'secret');
    await transaction(sender, 'support+500@example.com', 'bob@example.org');
    expect(taken).toEqual([['submitted', ['support+500@example.com', 'bob@example.org']]]);
    sender.destroy();
  });

  test('mx has no AUTH, and offers STARTTLS', async () => {
    const { lines } = await client.ehlo();
    expect(lines).toContain('STARTTLS');
    await client.startTls();
    expect((await client.ehlo()).lines.filter((line) => line.startsWith('AUTH'))).toEqual([]);
    expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 500 });
  });
});

describe('handlers bound to listeners and roles', () => {
  const seen: string[] = [];

  @Controller()
  class BoundController {
    @SmtpConnect()
    anywhere({ listener }: Session) {
      seen.push(`any ${listener}`);
    }

    @SmtpConnect({ role: 'mx' })
    atRole({ listener }: Session) {
      seen.push(`role ${listener}`);
    }

    @SmtpConnect({ listener: ['b'] })
    atListener({ listener }: Session) {
      seen.push(`listener ${listener}`);
    }

    @SmtpAuth('PLAIN', { listener: 'c' })
    login() {
      return true;
    }

    @SmtpRcptTo({ listener: ['a', 'b'] })
    recipient(path: ForwardPath) {
      return path.domain === 'example.com';
    }

    @SmtpData({ listener: ['a', 'b'] })
    receive(message: MessageStream) {
      take(message, 'received');
    }

    @SmtpData('vip@example.com', { listener: 'c' })
    submitted(message: MessageStream) {
      take(message, 'vip');
    }
  }

  test('the closest one holds', async () => {
    const smtp = await startSmtp({
      controllers: [BoundController],
      options: {
        port: undefined as never,
        listeners: [
          { id: 'a', role: 'mx', port: 0 },
          { id: 'b', role: 'mx', port: 0 },
          { id: 'c', port: 0 },
        ],
      },
    });
    for (const id of ['a', 'b', 'c']) await (await smtp.connect(id)).quit();
    expect(seen).toEqual(['role a', 'listener b', 'any c']);

    const c = await smtp.connectSecurely('c');
    expect((await c.ehlo()).lines).toContain('AUTH PLAIN');
    await c.authPlain('ann', 'secret');
    expect((await transaction(c, 'bob@example.com', 'vip@example.com')).slice(0, 2)).toEqual([
      '550 5.1.1 Mailbox unavailable',
      '250 2.1.5 Recipient OK',
    ]);
    const a = await smtp.connect('a');
    await a.ehlo();
    expect((await transaction(a, 'bob@example.org', 'bob@example.com')).slice(0, 2)).toEqual([
      '550 5.1.1 Mailbox unavailable',
      '250 2.1.5 Recipient OK',
    ]);
    expect(taken).toEqual([['vip'], ['received']]);
    expect([...smtp.transport.getHandlers().keys()]).toContain('smtp:data|c|vip@example.com');
    a.destroy();
    c.destroy();
    await smtp.close();
  });
});

describe('one handler, many recipients', () => {
  @Controller()
  class EachController {
    @SmtpRcptTo()
    any() {
      return true;
    }

    @SmtpData()
    receive(message: MessageStream, @SmtpEnvelope() { rcptTo }: Envelope) {
      message.discard();
      const results = rcptTo.map(({ localPart }) => {
        if (localPart === 'full') return new SmtpException(452, 'Mailbox full', { enhanced: '4.2.2' });
        if (localPart === 'bug') return new Error('inner text');
        return localPart === 'gone' ? false : `stored for ${localPart}`;
      });
      return rcptTo[0]!.localPart === 'short' ? results.slice(1) : results;
    }
  }
  let smtp: RunningSmtp;
  let lmtp: DialogueClient;
  let mx: DialogueClient;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [EachController],
      options: {
        port: undefined as never,
        listeners: [
          { id: 'lmtp', role: 'lmtp', port: 0 },
          { id: 'mx', role: 'mx', port: 0 },
        ],
      },
    });
    lmtp = await smtp.connect('lmtp');
    await lmtp.command('LHLO client.example');
    mx = await smtp.connect('mx');
    await mx.ehlo();
  });
  afterAll(async () => {
    lmtp.destroy();
    mx.destroy();
    await smtp.close();
  });

  test('LMTP: one reply each', async () => {
    const [, , , , , first] = await transaction(
      lmtp,
      'ann@x.example',
      'full@x.example',
      'gone@x.example',
      'bug@x.example',
    );
    expect(first).toBe('250 2.6.0 stored for ann');
    expect((await lmtp.reply()).raw).toEqual(['452 4.2.2 Mailbox full']);
    expect((await lmtp.reply()).raw).toEqual(['554 5.7.1 Message refused']);
    expect((await lmtp.reply()).raw[0]).toMatch(/^451 4\.3\.0 (?!.*inner)/);
    expect(smtp.log.find(/inner text/)).toMatch(/^error /);
  });

  test.each([
    ['all took it', ['ann', 'bob'], /^250 2\.6\.0 stored for ann$/],
    ['a temporary failure goes before a permanent one', ['ann', 'gone', 'full'], /^452 4\.2\.2/],
    ['a permanent one', ['ann', 'gone'], /^554 5\.7\.1/],
    ['a bug', ['bug', 'ann'], /^451 4\.3\.0/],
    ['a wrong length', ['short', 'ann'], /^451 4\.3\.0/],
  ])('SMTP: %s', async (_name, to, expected) => {
    const replies = await transaction(mx, ...to.map((name) => `${name}@x.example`));
    expect(replies.at(-1)).toMatch(expected);
  });
});

describe('what cannot work is a boot error', () => {
  async function problemsOf(options: SmtpModuleOptions, ...controllers: Type[]): Promise<readonly string[]> {
    const module = await compile({ controllers, options });
    try {
      await module.init();
    } catch (error) {
      return (error as SmtpSetupError).problems;
    } finally {
      await module.close();
    }
    return [];
  }

  @Controller()
  class Plain {
    @SmtpData()
    receive(message: MessageStream) {
      message.discard();
    }
  }

  test('patterns', async () => {
    @Controller()
    class Wrong {
      @SmtpData('a b@example.com')
      blank(message: MessageStream) {
        message.discard();
      }

      @SmtpData('list-:name@example.com')
      one(message: MessageStream, _context: SmtpContext, @SmtpParam('nam') _name: string) {
        message.discard();
      }

      @SmtpData('List-:other@example.com')
      two(message: MessageStream) {
        message.discard();
      }

      @SmtpRcptTo('nobody@example.org')
      nobody() {
        return true;
      }
    }
    expect(await problemsOf({ role: 'mx' }, Wrong)).toEqual([
      "@SmtpData('List-:other@example.com') is on Wrong.one and on Wrong.two; keep one",
      expect.stringMatching(
        /^Wrong\.blank: @SmtpData\('a b@example\.com'\) can match nothing: an address has no blanks/,
      ),
      expect.stringMatching(
        /^Wrong\.one: @SmtpParam\('nam'\) of parameter 2: there is no :nam in @SmtpData\('list-:name/,
      ),
      expect.stringMatching(
        /^Wrong\.nobody: no @SmtpData\(\) of listener 'default' receives what @SmtpRcptTo\('nobody@/,
      ),
    ]);
  });

  test('a recipient that no handler receives', async () => {
    @Controller()
    class Deaf {
      @SmtpData('*@example.com')
      receive(message: MessageStream) {
        message.discard();
      }

      @SmtpRcptTo('bob@example.com')
      @SmtpRcptTo('bob@example.org')
      bob() {
        return true;
      }
    }
    expect(await problemsOf({ role: 'mx' }, Deaf)).toEqual([
      "Deaf.bob: no @SmtpData() of listener 'default' receives what @SmtpRcptTo('bob@example.org') accepts; add @SmtpData('bob@example.org')",
    ]);
  });

  test('places', async () => {
    @Controller()
    class Lost {
      @SmtpAuth('PLAIN')
      login() {
        return true;
      }

      @SmtpData('bob@example.com')
      pattern(message: MessageStream) {
        message.discard();
      }

      @SmtpData({ listener: 'nowhere' })
      @SmtpData({ role: 'lmtp' })
      receive(message: MessageStream) {
        message.discard();
      }
    }
    expect(await problemsOf({}, Lost)).toEqual([
      expect.stringMatching(
        /^Lost\.pattern: @SmtpData\('bob@example\.com'\) holds at no listener: patterns hold where no/,
      ),
      expect.stringMatching(
        /^Lost\.receive: @SmtpData\(\{ listener: 'nowhere' \}\) .*there are 'default' \(submission\)$/,
      ),
    ]);
  });

  test('no rule for recipients where nobody logs in: an open relay', async () => {
    const rule = /^listener '.*': mail is taken without login and nothing decides about recipients/;
    expect(await problemsOf({ role: 'mx' }, Plain)).toEqual([expect.stringMatching(rule)]);
    expect(await problemsOf({ role: 'mx', recipients: 'any' }, Plain)).toEqual([]);

    @Controller()
    class OnlyAtA {
      @SmtpRcptTo({ listener: 'a' })
      recipient() {
        return true;
      }
    }
    const listeners = [
      { id: 'a', role: 'mx', port: 0 },
      { id: 'b', role: 'mx', port: 0 },
    ] as const;
    expect(await problemsOf({ port: undefined as never, listeners }, Plain, OnlyAtA)).toEqual([
      expect.stringMatching(/^listener 'b': mail is taken without login .* there: add @SmtpRcptTo\(\)/),
    ]);
  });

  test.each<[string, SmtpModuleOptions, RegExp]>([
    ['no such role', { role: 'relay' as never }, /relay is no role; write one of submission, mx, lmtp/],
    ['AUTH at mx', { role: 'mx', authMethods: ['PLAIN'] }, /role 'mx' has no AUTH, so remove authMethods/],
    ['LMTP at mx', { role: 'mx', lmtp: true }, /lmtp: true contradicts role 'mx'/],
  ])('%s', async (_name, options, expected) => {
    expect(await problemsOf({ recipients: 'any', ...options }, Plain)).toContainEqual(expect.stringMatching(expected));
  });

  test('nobody for the postmaster: a warning', async () => {
    @Controller()
    class Example {
      @SmtpData('*@example.com')
      receive(message: MessageStream) {
        message.discard();
      }
    }
    const smtp = await startSmtp({ controllers: [Example], options: { role: 'mx' } });
    expect(smtp.log.find(/postmaster/)).toMatch(/^warn listener 'default' .*@SmtpData\('postmaster@\*'\)/);
    await smtp.close();
  });
});
