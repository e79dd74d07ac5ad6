import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SMTPServerDataStream, SMTPServerOptions } from 'smtp-server';
import { eventually, type Peer } from '../support/engine.js';
import { libraries } from './support/libraries.js';
import { type Running, start } from './support/running.js';

async function textOf(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

describe.each(libraries)('messages of %s', (_library, SMTPServer) => {
  let running: Running;
  afterEach(() => running.stop());

  /** A client up to the 354. */
  async function uploading(options: SMTPServerOptions): Promise<Peer> {
    running = await start(SMTPServer, options);
    const peer = await running.dial();
    expect(await peer.beginMessage()).toBe('354 End data with <CR><LF>.<CR><LF>\r\n');
    return peer;
  }

  test('are what the client sent, without the dots of SMTP', async () => {
    let text = '';
    const peer = await uploading({
      onData(stream, _session, callback) {
        void textOf(stream).then((all) => ((text = all), callback()), callback);
      },
    });
    for (const octet of 'Subject: x\r\n\r\n..\r\n...three\r\nlast\r\n.\r\n') peer.write(octet);
    expect(await peer.reply()).toBe('250 OK: message queued\r\n');
    expect(text).toBe('Subject: x\r\n\r\n.\r\n..three\r\nlast\r\n');
  });

  test('can be empty', async () => {
    let stream: SMTPServerDataStream | undefined;
    const peer = await uploading({ onData: (data, _s, cb) => ((stream = data), data.resume().on('end', () => cb())) });
    expect(await peer.command('.')).toMatch(/^250 /);
    expect(stream).toMatchObject({ byteLength: 0, sizeExceeded: false });
  });

  test('tell while they come how large they are', async () => {
    const seen: [number, boolean][] = [];
    let stream: SMTPServerDataStream | undefined;
    const peer = await uploading({
      size: 100,
      onData(data, _session, callback) {
        stream = data;
        data.on('data', () => seen.push([data.byteLength, data.sizeExceeded]));
        data.on('end', () =>
          callback(data.sizeExceeded ? Object.assign(new Error('too much'), { responseCode: 552 }) : null),
        );
      },
    });
    peer.write(`${'x'.repeat(58)}\r\n`);
    // What may be part of the end of the message is counted later.
    await eventually(() => stream !== undefined && stream.byteLength >= 50);
    expect(stream!.byteLength).toBeLessThanOrEqual(60);
    expect(seen.every(([, isTooLarge]) => !isTooLarge)).toBe(true);
    peer.write(`${'y'.repeat(58)}\r\n`);
    await eventually(() => stream?.sizeExceeded === true);
    expect(await peer.command('.')).toBe('552 too much\r\n');
    expect(stream!.byteLength).toBe(120);
  });

  test('are refused for their size where that is asked for', async () => {
    const peer = await uploading({
      size: 10,
      rejectOversized: true,
      onData: (data, _s, cb) => void data.resume().on('end', () => cb(null, 'fine')),
    });
    expect(await peer.command(`${'x'.repeat(20)}\r\n.`)).toBe(
      '552 Error: message exceeds fixed maximum message size 10\r\n',
    );
    expect(await peer.command('MAIL FROM:<a@b> SIZE=11')).toBe(
      '552 Error: message exceeds fixed maximum message size 10\r\n',
    );
    expect(await peer.command('MAIL FROM:<a@b> SIZE=10')).toMatch(/^250 /);
  });

  test.each<[string, SMTPServerOptions['onData'] & object]>([
    ['at once', (_stream, _session, callback) => callback(null, 'early')],
    ['after the first octets', (stream, _session, callback) => void stream.once('data', () => callback(null, 'early'))],
  ])('can be decided %s; the reply comes after the end', async (_when, onData) => {
    const peer = await uploading({ onData });
    peer.write('first\r\n');
    await sleep(30);
    expect(peer.received).toBe('');
    peer.write(`${'x'.repeat(70)}\r\n`.repeat(4000));
    expect(await peer.command('.')).toBe('250 early\r\n');
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });

  test('fail with ECONNECTION when the client is lost', async () => {
    const errors: NodeJS.ErrnoException[] = [];
    let isClosed = false;
    const peer = await uploading({
      onData(stream) {
        stream.on('error', (error) => errors.push(error)).on('close', () => (isClosed = true));
        stream.resume();
      },
    });
    peer.write('half a mess');
    await sleep(30);
    peer.socket.destroy();
    await eventually(() => isClosed);
    expect(errors).toMatchObject([{ code: 'ECONNECTION' }]);
  });

  test('a lost client brings nobody down who does not listen', async () => {
    let isClosed = false;
    const peer = await uploading({ onData: (stream) => void stream.resume().on('close', () => (isClosed = true)) });
    peer.write('half a mess');
    await sleep(30);
    peer.socket.destroy();
    await eventually(() => isClosed);
    expect(await (await running.dial()).reply()).toMatch(/^220 /);
  });

  test('an array that is no answer of LMTP is said as it is', async () => {
    const answers = ['first', Object.assign(new Error('second'), { responseCode: 452 })];
    const peer = await uploading({ onData: (data, _s, cb) => void data.resume().on('end', () => cb(null, answers)) });
    expect([await peer.command('x\r\n.'), await peer.reply()]).toEqual(['250 first\r\n', '452 second\r\n']);
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });

  test('a client that leaves within a transaction leaves its envelope', async () => {
    let seen: unknown;
    running = await start(SMTPServer, { onClose: ({ envelope }) => void (seen = envelope.mailFrom) });
    const peer = await running.greet();
    await peer.command('MAIL FROM:<a@b>');
    expect(await peer.command('QUIT')).toMatch(/^221 /);
    await peer.rest();
    await eventually(() => seen !== undefined);
    expect(seen).toMatchObject({ address: 'a@b' });
  });

  test('without a handler they are taken', async () => {
    const peer = await uploading({});
    expect(await peer.command('x\r\n.')).toBe('250 OK: message queued\r\n');
  });

  describe('over LMTP', () => {
    async function delivered(onData: SMTPServerOptions['onData'] & object): Promise<readonly string[]> {
      running = await start(SMTPServer, { lmtp: true, onData });
      const peer = await running.dial();
      expect(await peer.reply()).toBe('220 mx.example LMTP\r\n');
      for (const line of ['LHLO client', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<e@f>']) {
        expect(await peer.command(line)).toMatch(/^250/);
      }
      expect(await peer.command('DATA')).toMatch(/^354 /);
      return [await peer.command('x\r\n.'), await peer.reply()];
    }

    test.each<[string, unknown[], readonly string[]]>([
      ['nothing', [], ['250 OK: message accepted\r\n', '250 OK: message accepted\r\n']],
      ['a text', [null, 'kept'], ['250 kept\r\n', '250 kept\r\n']],
      ['an error', [new Error('no')], ['450 no\r\n', '450 no\r\n']],
      [
        'one for each',
        [null, ['for c', Object.assign(new Error('full'), { responseCode: 452 })]],
        ['250 for c\r\n', '452 full\r\n'],
      ],
    ])('the answer is %s', async (_what, answer, replies) => {
      const got = await delivered((stream, _s, cb) => void stream.resume().on('end', () => cb(...(answer as []))));
      expect(got).toEqual(replies);
    });

    test('421 is said once', async () => {
      const refusal = Object.assign(new Error('go away'), { responseCode: 421 });
      const got = await delivered((stream, _s, cb) => void stream.resume().on('end', () => cb(refusal)));
      expect(got).toEqual(['421 go away\r\n', '']);
    });
  });
});
