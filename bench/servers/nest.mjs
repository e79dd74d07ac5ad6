// A Nest application: any sender and recipient, AUTH PLAIN user/pass without TLS, messages drained; both default guards.
//   node bench/servers/nest.mjs --port P [--tls none|starttls|implicit] [--cert F --key F]
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmtpAuth, SmtpCredentials, SmtpData, SmtpMessage, smtpMicroservice, SmtpModule } from 'nestjs-smtp';
import { readArguments } from './arguments.mjs';

const { port, tls, material } = readArguments();

class MailController {
  login({ username, password }) {
    return username === 'user' && password === 'pass' ? { username } : null;
  }

  receive(message) {
    message.discard();
  }
}

// What TypeScript's decorators do, by hand: this file runs without a build of its own.
decorate(MailController, 'login', SmtpAuth('PLAIN', 'LOGIN'), SmtpCredentials());
decorate(MailController, 'receive', SmtpData(), SmtpMessage());
Controller()(MailController);

class AppModule {}
Module({
  imports: [
    SmtpModule.forRoot({
      name: 'bench.example',
      host: '127.0.0.1',
      port,
      secure: tls === 'implicit',
      backlog: 4096,
      authOptional: true,
      maxCommandsWithoutMail: false,
      allowInsecureAuth: true,
      recipients: 'any',
      size: 64 * 1024 * 1024,
      ...material,
    }),
  ],
  controllers: [MailController],
})(AppModule);

const app = await NestFactory.createMicroservice(AppModule, { ...smtpMicroservice(), logger: ['error', 'warn'] });
await app.listen();
process.on('SIGUSR2', () => globalThis.gc?.());
process.on('SIGTERM', () => app.close().then(() => process.exit(0)));

function decorate({ prototype }, name, method, firstParameter) {
  method(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
  firstParameter(prototype, name, 0);
}
