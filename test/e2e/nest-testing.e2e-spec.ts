import { Controller } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  MessageStream,
  PasswordAuth,
  Session,
  SmtpAuth,
  SmtpData,
  SmtpMessage,
  SmtpModule,
  SmtpTransport,
} from 'nestjs-smtp';
import { connectTestClient, withoutPorts } from 'nestjs-smtp/testing';

@Controller()
class MailController {
  @SmtpAuth('PLAIN')
  login(auth: PasswordAuth) {
    return auth.password === 'secret';
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream) {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    return `${Buffer.concat(chunks).length} octets`;
  }
}

const compile = () =>
  withoutPorts(
    Test.createTestingModule({
      imports: [
        SmtpModule.forRoot({
          listeners: [
            { id: 'submission', port: 25 },
            { id: 'submissions', port: 25, secure: true },
          ],
        }),
      ],
      controllers: [MailController],
    }).setLogger(false as never),
  ).compile();

test('an own application is tested in memory: no port, no network, no TLS files', async () => {
  const module = await compile();
  const client = await connectTestClient(module);
  expect(module.get(SmtpTransport).addresses()).toEqual([]);
  await client.ehlo('test.example');
  await client.startTls();
  await client.ehlo('test.example');
  await client.authPlain('alice', 'secret');
  const reply = await client.send({ from: 'a@example.com', to: ['b@example.com'], data: 'Subject: hi\r\n\r\n.hello' });
  expect(reply).toMatchObject({ code: 250, lines: ['23 octets'] });
  await client.quit();
  await module.close();
});

test('the client may choose its listener and its address', async () => {
  const module = await compile();
  const client = await connectTestClient(module, {
    listener: 'submissions',
    remoteAddress: '::ffff:192.0.2.7',
    secure: true,
  });
  const [session] = module.get(SmtpTransport).connections();
  expect(session).toBeInstanceOf(Session);
  expect(session).toMatchObject({ listener: 'submissions', remoteAddress: '192.0.2.7', secure: true });
  await client.quit();
  await expect(connectTestClient(module, { listener: 'none' })).rejects.toThrow(/there is no listener 'none'/);
  await module.close();
  await expect(connectTestClient(module)).rejects.toThrow(/refused the connection: 421/);
});
