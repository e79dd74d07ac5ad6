import { Controller, Get, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { MessageStream, SmtpData, SmtpHealthIndicator, SmtpMessage, SmtpModule, SmtpTransport } from 'nestjs-smtp';
import { firstValueFrom } from 'rxjs';
import { running } from '../support/nest-smtp.js';

@Controller()
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(SmtpHealthIndicator) private readonly smtp: SmtpHealthIndicator,
  ) {}

  @Get('health')
  @HealthCheck()
  check() {
    return this.health.check([() => this.smtp.isHealthy('smtp')]);
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
  }
}

@Module({
  imports: [TerminusModule, SmtpModule.forRoot({ port: 0, authOptional: true, recipients: 'any', autoListen: true })],
  controllers: [HealthController],
})
class AppModule {}

test('terminus reports SMTP: down before the ports are open, up, and down as soon as the drain begins', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication({ logger: false });
  const indicator = app.get(SmtpHealthIndicator);
  expect(indicator.isHealthy('mail')).toEqual({ mail: { status: 'down', listeners: [], connections: 0 } });

  await app.listen(0, '127.0.0.1');
  const smtp = running(app);
  const client = await smtp.connect();
  expect(await firstValueFrom(app.get(SmtpTransport).status)).toBe('up');
  const response = await fetch(`${await app.getUrl()}/health`);
  expect(response.status).toBe(200);
  const up = { smtp: { status: 'up', listeners: ['default'], connections: 1 } };
  expect(await response.json()).toMatchObject({ status: 'ok', info: up, details: up });

  await client.ehlo();
  await client.command('MAIL FROM:<a@b>');
  await client.command('RCPT TO:<c@d>');
  await client.command('DATA');
  const closing = app.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(indicator.isHealthy('smtp').smtp).toMatchObject({ status: 'down', connections: 1 });
  expect(await client.command('.')).toMatchObject({ code: 250 });
  await closing;
  expect(indicator.isHealthy('smtp').smtp).toMatchObject({ status: 'down', connections: 0 });
});

test('terminus answers 503 while the ports are closed', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  await app.get(SmtpTransport).close();
  const response = await fetch(`${await app.getUrl()}/health`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ status: 'error', error: { smtp: { status: 'down' } } });
  await app.close();
});
