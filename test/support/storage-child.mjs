// Opens the built storage on a folder and does one thing with it, until stdin ends:
//   hold                               prints "open"
//   write <mails> <octets> <at once>   accepts mails, prints the id of each once it is kept, then "done"
// Exits 1 when the storage says that the process must stop, or cannot be opened.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { EmbeddedStorage } from '../../dist/store/embedded-storage.js';

const [root, command, mails, octets, atOnce] = process.argv.slice(2);

const origin = {
  user: 'ann',
  authMethod: 'PLAIN',
  secure: true,
  tls: null,
  remoteAddress: '192.0.2.1',
  clientName: 'client.example',
  mailFrom: 'sender@example.com',
  rcptTo: ['recipient@example.org'],
};

function die(error) {
  process.stdout.write(`${error.name}: ${error.message}\n`, () => process.exit(1));
  return new Promise(() => undefined);
}

const storage = await EmbeddedStorage.open({ dataDir: root }, die).catch(die);
process.stdin.resume().once('end', () => storage.close());

if (command === 'hold') process.stdout.write('open\n');
if (command === 'write') {
  const body = Buffer.alloc(Number(octets), 'x');
  let left = Number(mails);
  const writer = async () => {
    while (left-- > 0) {
      const { id } = await storage.messages.accept(Readable.from([body], { objectMode: false }), origin, '');
      process.stdout.write(`${id}\n`);
      await setImmediate(); // as between two mails of one connection
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, writer)).catch(() => undefined);
  process.stdout.write('done\n');
}
