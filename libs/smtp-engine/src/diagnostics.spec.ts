import { expect, test } from '@jest/globals';
import { diagnostics } from './diagnostics.js';
import { Reply } from './reply.js';
import { SmtpServer } from './server.js';
import { connectInMemory } from './testing/index.js';

test('every command, reply and login is published, and no secret', async () => {
  const seen: string[] = [];
  const note = (kind: string) => (message: unknown) => {
    const { verb, args, reply, method, username, success } = message as Record<string, unknown>;
    const said = reply instanceof Reply && kind !== 'auth';
    const what = said ? [reply.toString()] : [verb, args, method, username, success];
    seen.push([kind, ...what.filter((part) => part !== undefined && part !== '')].join(' '));
  };
  const watchers = (['connection', 'command', 'reply', 'auth', 'message', 'close'] as const).map((name) => {
    const watcher = note(name);
    diagnostics[name].subscribe(watcher);
    return () => diagnostics[name].unsubscribe(watcher);
  });
  const server = new SmtpServer(
    { name: 'mx', allowInsecureAuth: true, authMethods: ['LOGIN'] },
    { auth: () => true, data: (message) => message.discard() },
  );
  server.addListener();
  const client = connectInMemory(server);
  await client.reply();
  await client.command('HELO c');
  for (const line of ['AUTH LOGIN', 'YWxpY2U=', 'c2VjcmV0', 'c2VjcmV0']) await client.command(line);
  await client.send({ from: 'a@b', to: ['c@d'], data: 'x' });
  await client.quit();
  await server.close();
  for (const stop of watchers) stop();

  expect(seen).toEqual([
    'connection',
    'reply 220 mx ESMTP',
    'command HELO c',
    'reply 250 mx greets c',
    'command AUTH',
    'reply 334',
    'reply 334',
    'auth LOGIN alice true',
    'reply 235 2.7.0 Authentication successful',
    'command',
    'reply 500 5.5.1 Command not recognized',
    'command MAIL FROM:<a@b>',
    'reply 250 2.1.0 Sender OK',
    'command RCPT TO:<c@d>',
    'reply 250 2.1.5 Recipient OK',
    'command DATA',
    'reply 354 Start mail input; end with <CRLF>.<CRLF>',
    'message 250 2.6.0 Message accepted',
    'reply 250 2.6.0 Message accepted',
    'command QUIT',
    'reply 221 2.0.0 Goodbye',
    'close',
  ]);
});
