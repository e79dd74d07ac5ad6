// An engine that listens, in a process of its own (--expose-gc). Fills 20 MB of buffers and drops them, again and again; tells
// how many pages the system had to give for it each time, and ends.
import { setTimeout as wait } from 'node:timers/promises';
import { SmtpServer } from 'smtp-engine';

async function collect() {
  for (let times = 0; times < 2; times++) {
    globalThis.gc();
    await wait(20); // buffers are freed beside it
  }
}

function faultsOfFilling() {
  const before = process.resourceUsage().minorPageFault;
  for (let count = 0; count < 320; count++) Buffer.allocUnsafeSlow(64 * 1024).fill(1);
  return process.resourceUsage().minorPageFault - before;
}

await new SmtpServer({ authOptional: true, recipients: 'any' }).listen({ port: 0, host: '127.0.0.1' });
const faults = [];
for (let round = 0; round < 4; round++) {
  await collect();
  faults.push(faultsOfFilling());
}
process.send(faults, () => process.exit(0));
