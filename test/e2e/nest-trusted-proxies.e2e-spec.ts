import { Controller } from '@nestjs/common';
import { PasswordAuth, SmtpAuth } from 'nestjs-smtp';
import { startSmtp } from '../support/nest-smtp.js';

@Controller()
class LoginController {
  @SmtpAuth('PLAIN')
  login(_auth: PasswordAuth) {
    return true;
  }
}

test('a list of proxies is no warning, everybody as a proxy is one for each listener and option', async () => {
  const smtp = await startSmtp({
    controllers: [LoginController],
    options: {
      port: undefined as never,
      useXForward: true,
      listeners: [
        { id: 'a', port: 0, useXClient: true, useXForward: false },
        { id: 'b', port: 0, useProxy: ['*'], useXClient: ['10.0.0.5'] },
      ],
    },
  });
  await smtp.close();
  expect(smtp.log.lines.filter((line) => /believes/.test(line))).toEqual([
    "warn listener 'a' believes what any client says of itself (useXClient); list your proxies, such as useXClient: ['10.0.0.5'] SmtpTransport",
    expect.stringMatching(/^warn listener 'b' .*\(useProxy\); list your proxies, such as useProxy: /),
    expect.stringMatching(/^warn listener 'b' .*\(useXForward\)/),
  ]);
});
