// The Nest module, as it is built, in a process of its own: SMTP and LMTP on free ports, a message for three routes of which
// one is slow. Tells its ports; whatever is sent to it afterwards is answered by { rssMb, peakMb, octets }, after a garbage
// collection. Ends with its parent.
import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmtpData, SmtpModule, SmtpTransport } from 'nestjs-smtp';

const octets = { slow: 0, fast: 0, faster: 0 };

class RoutesController {
  async slow(message) {
    for await (const piece of message) {
      octets.slow += piece.length;
      await wait(piece.length / 2 ** 16); // however large the pieces are, some 50 MB a second
    }
  }

  async fast(message) {
    for await (const piece of message) octets.fast += piece.length;
  }

  faster(message) {
    message.on('data', (piece) => (octets.faster += piece.length));
    return new Promise((resolve, reject) => message.on('end', resolve).on('error', reject));
  }
}

for (const name of ['slow', 'fast', 'faster']) {
  const method = Object.getOwnPropertyDescriptor(RoutesController.prototype, name);
  SmtpData(`${name}@*`)(RoutesController.prototype, name, method);
}
Controller()(RoutesController);

class AppModule {}
const listeners = [
  { id: 'mx', role: 'mx', port: 0 },
  { id: 'lmtp', role: 'lmtp', port: 0 },
];
const smtp = SmtpModule.forRoot({ name: 'mx.example.com', multipleRoutes: 'tee', size: 2 ** 28, listeners });
Module({ imports: [smtp], controllers: [RoutesController] })(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });

process.on('message', () => {
  globalThis.gc();
  const { maxRSS } = process.resourceUsage(); // in kilobytes
  process.send({ rssMb: process.memoryUsage.rss() / 2 ** 20, peakMb: maxRSS / 1024, octets });
});
process.once('disconnect', () => app.close());
process.send(
  app
    .get(SmtpTransport)
    .addresses()
    .map(({ address }) => address.port),
);
