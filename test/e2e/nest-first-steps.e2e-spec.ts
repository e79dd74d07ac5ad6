import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Envelope,
  MessageStream,
  PasswordAuth,
  SmtpAuth,
  SmtpData,
  SmtpEnvelope,
  SmtpMessage,
  smtpMicroservice,
  SmtpModule,
  SmtpTransport,
  SmtpUser,
} from 'nestjs-smtp';
import { createTransport } from 'nodemailer';

interface User {
  readonly id: number;
}

@Injectable()
class UsersService {
  verify(username: string, password: string): User | null {
    return username === 'ann' && password === 'secret' ? { id: 7 } : null;
  }
}

@Injectable()
class InboxService {
  readonly mails: { user: User; recipients: string[]; text: string }[] = [];

  async save(user: User, envelope: Envelope, message: MessageStream): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const recipients = envelope.rcptTo.map(String);
    return this.mails.push({ user, recipients, text: Buffer.concat(chunks).toString() });
  }
}

@Controller()
class MailController {
  constructor(
    private readonly users: UsersService,
    private readonly inbox: InboxService,
  ) {}

  @SmtpAuth('PLAIN', 'LOGIN')
  login(auth: PasswordAuth) {
    return this.users.verify(auth.username, auth.password);
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream, @SmtpUser() user: User, @SmtpEnvelope() envelope: Envelope) {
    const id = await this.inbox.save(user, envelope, message);
    return `queued as ${id}`;
  }
}

@Module({
  imports: [SmtpModule.forRoot({ name: 'mail.example.com', port: 0 })],
  controllers: [MailController],
  providers: [UsersService, InboxService],
})
class AppModule {}

test('five minutes: an application that does SMTP only takes a mail from a standard client', async () => {
  const app = await NestFactory.createMicroservice(AppModule, { ...smtpMicroservice(), logger: false });
  await app.listen();
  const [listener] = app.get(SmtpTransport).addresses();
  const client = createTransport({
    host: '127.0.0.1',
    port: (listener!.address as { port: number }).port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'ann', pass: 'secret' },
  });
  try {
    const sent = await client.sendMail({
      from: 'ann@example.com',
      to: 'bob@example.com',
      subject: 'hi',
      text: 'hello',
    });
    expect(sent.response).toBe('250 2.6.0 queued as 1');
    const [mail] = app.get(InboxService).mails;
    expect(mail).toMatchObject({ user: { id: 7 }, recipients: ['bob@example.com'] });
    expect(mail!.text).toMatch(/^From: ann@example.com\r\n[^]*\r\nhello\r\n$/);
  } finally {
    client.close();
    await app.close();
  }
});
