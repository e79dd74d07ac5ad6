import { AsyncLocalStorage } from 'node:async_hooks';
import { type CanActivate, Controller, UseGuards } from '@nestjs/common';
import { from, of, tap } from 'rxjs';
import { SMTP_TRANSPORT, SmtpAuth, type SmtpContext, SmtpMailFrom, SmtpRcptTo } from 'nestjs-smtp';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const place = new AsyncLocalStorage<string>();
let entries: string[] = [];
const note = (entry: string): void => void entries.push(`${entry}${place.getStore() === undefined ? '' : ' inside'}`);

class NotingGuard implements CanActivate {
  canActivate() {
    note('guard');
    return true;
  }
}

@Controller()
class MailController {
  @SmtpAuth('PLAIN')
  login() {
    return true;
  }

  @SmtpMailFrom()
  @UseGuards(NotingGuard)
  sender() {
    note('handler');
    return from([of(1), 'last'].map(String)).pipe(tap({ complete: () => note('complete') }));
  }

  @SmtpRcptTo()
  recipient() {
    throw new Error('broken');
  }
}

let smtp: RunningSmtp;
beforeEach(async () => {
  entries = [];
  smtp = await startSmtp({
    controllers: [MailController],
    options: { authOptional: true, recipients: 'any' },
  });
});
afterEach(() => smtp.close());

async function mail(): Promise<string[]> {
  const client = await smtp.connectSecurely();
  const { raw } = await client.command('MAIL FROM:<ann@example.com>');
  await client.quit();
  return raw as string[];
}

test('they are around guards and handler; the end comes once, after the last value', async () => {
  smtp.transport.setOnProcessingStartHook((id, context, done) => {
    note(`start ${String(id === SMTP_TRANSPORT)} ${(context as SmtpContext).stage}`);
    void place.run('hook', done);
  });
  smtp.transport.setOnProcessingEndHook((id, context) => {
    note(`end ${String(id === SMTP_TRANSPORT)} ${(context as SmtpContext).stage}`);
  });
  expect(await mail()).toEqual(['250 2.1.0 last']);
  expect(entries).toEqual([
    'start true mail',
    'guard inside',
    'handler inside',
    'complete inside',
    'end true mail inside',
  ]);
});

test('the end alone; after a failure too', async () => {
  smtp.transport.setOnProcessingEndHook((_id, context) => note(`end ${(context as SmtpContext).stage}`));
  const client = await smtp.connectSecurely();
  await client.command('MAIL FROM:<ann@example.com>');
  expect(await client.command('RCPT TO:<bob@example.com>')).toMatchObject({ code: 451 });
  expect(entries).toEqual(['guard', 'handler', 'complete', 'end mail', 'end rcpt']);
  await client.quit();
});

test.each<[what: string, set: () => void]>([
  [
    'a start that throws',
    () =>
      smtp.transport.setOnProcessingStartHook(() => {
        throw new Error('hook');
      }),
  ],
  [
    'a start that rejects',
    () => smtp.transport.setOnProcessingStartHook((() => Promise.reject(new Error('hook'))) as () => void),
  ],
  [
    'an end that throws',
    () =>
      smtp.transport.setOnProcessingEndHook(() => {
        throw new Error('hook');
      }),
  ],
])('%s is 451, with a line in the log', async (_what, set) => {
  set();
  expect((await mail()).join()).toMatch(/^451 4\.3\.0 /);
  expect(smtp.log.find(/hook/)).toMatch(/^error .*Error: hook/);
});

test('a start that calls done twice runs the handler once', async () => {
  smtp.transport.setOnProcessingStartHook((_id, _context, done) => void done().then(done));
  expect(await mail()).toEqual(['250 2.1.0 last']);
  expect(entries.filter((entry) => entry === 'handler')).toHaveLength(1);
});

test('none is set: nothing is between', async () => {
  expect(await mail()).toEqual(['250 2.1.0 last']);
  expect(entries).toEqual(['guard', 'handler', 'complete']);
});
