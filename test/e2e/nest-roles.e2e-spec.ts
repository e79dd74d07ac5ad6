import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { MessageStream, PasswordAuth, SmtpAuth, SmtpData, SmtpRcptTo } from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { startSmtp } from '../support/nest-smtp.js';

@Controller()
class MailController {
  @SmtpAuth('PLAIN', { role: 'submission' })
  login(auth: PasswordAuth) {
    return auth.password === 'secret';
  }

  @SmtpRcptTo({ role: ['mx', 'lmtp'] })
  recipient() {
    return true;
  }

  @SmtpData()
  receive(message: MessageStream) {
    message.discard();
  }
}

describe('roles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nest-roles-'));
  const before = process.env['NODE_ENV'];
  afterEach(() => (process.env['NODE_ENV'] = before));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('options about logins that all share do not matter where there is none', async () => {
    const smtp = await startSmtp({
      controllers: [MailController],
      options: {
        port: undefined as never,
        authMethods: ['PLAIN'],
        listeners: [
          { id: 'submission', port: 0 },
          { id: 'mx', role: 'mx', port: 0 },
        ],
      },
    });
    const mx = await smtp.connect('mx');
    await mx.ehlo();
    expect(await mx.send({ from: '', to: ['bob@example.com'], data: 'x' })).toMatchObject({ code: 250 });
    const submission = await smtp.connect('submission');
    await submission.ehlo();
    expect(await submission.command('MAIL FROM:<>')).toMatchObject({ code: 530 });
    await Promise.all([mx.quit(), submission.quit()]);
    await smtp.close();
  });

  test('LMTP on a Unix socket needs no certificate, in production neither', async () => {
    process.env['NODE_ENV'] = 'production';
    const path = join(folder, 'lmtp.sock');
    @Controller()
    class Delivery {
      @SmtpData('*@example.com')
      deliver(message: MessageStream) {
        message.discard();
        return 'delivered';
      }
    }
    const lmtp = await startSmtp({
      controllers: [Delivery],
      options: { port: undefined as never, listeners: [{ id: 'lmtp', role: 'lmtp', path }] },
    });
    const client = new DialogueClient(connect(path));
    await client.reply();
    expect((await client.command('LHLO client.example')).lines).not.toContain('STARTTLS');
    expect((await client.send({ from: '', to: ['bob@example.com'], data: 'x' })).raw).toEqual(['250 2.6.0 delivered']);
    expect(lmtp.log.find(/certificate|postmaster/)).toBeUndefined();
    await client.quit();
    await lmtp.close();
  });
});
