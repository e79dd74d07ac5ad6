import { afterEach, expect, test } from '@jest/globals';
import { type Rephrase, replies, type SmtpServerOptions } from 'smtp-engine';
import { type Engine, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

/** An engine that tells of each reply what it answers. */
async function start(options: SmtpServerOptions = {}): Promise<string[]> {
  const said: string[] = [];
  const rephrase: Rephrase = (reply, { verb, args }) => {
    said.push(`${verb} ${args}`.trim() + ` => ${reply.code}`);
    return reply;
  };
  engine = await startEngine({}, { ...options, rephrase });
  return said;
}

test('a reply is told with the command that it answers', async () => {
  const said = await start();
  const peer = await engine.connect();
  await peer.reply();
  for (const line of ['EHLO client', 'FOO bar', 'QUIT']) await peer.command(line);
  expect(said).toEqual([' => 220', 'EHLO client => 250', 'FOO bar => 500', 'QUIT => 221']);
});

test('a time limit answers no command, not even the last one', async () => {
  const said = await start({ socketTimeout: 200 });
  const peer = await engine.connect();
  await peer.reply();
  await peer.command('EHLO client');
  expect(await peer.reply()).toBe('421 4.4.2 Timeout, closing connection\r\n');
  expect(said.at(-1)).toBe(' => 421');
});

test('what refuses everything answers the command that came, not the one before', async () => {
  const said = await start();
  const peer = await engine.connect();
  await peer.reply();
  await peer.command('EHLO client');
  engine.sessions[0]!.conversation.refuseAll(replies.shuttingDown);
  await peer.command('NOOP');
  expect(said.at(-1)).toBe('NOOP => 421');
});
