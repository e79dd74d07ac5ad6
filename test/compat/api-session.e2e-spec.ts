import { afterEach, describe, expect, test } from '@jest/globals';
import type { SMTPServerAddress, SMTPServerAuthentication, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { eventually } from '../support/engine.js';
import { libraries } from './support/libraries.js';
import { base64, plain, type Running, start } from './support/running.js';

/** A copy of what the session is now: it changes while the dialogue goes on. */
function snapshot(session: SMTPServerSession): SMTPServerSession {
  return structuredClone({ ...session });
}

describe.each(libraries)('sessions of %s', (_library, SMTPServer) => {
  let running: Running;
  afterEach(() => running.stop());

  /** A server that keeps the session as it was at each step. */
  async function recording(options: SMTPServerOptions = {}): Promise<Record<string, SMTPServerSession>> {
    const seen: Record<string, SMTPServerSession> = {};
    running = await start(SMTPServer, {
      onConnect: (session, callback) => ((seen['connect'] = snapshot(session)), callback()),
      onAuth: (_auth, session, callback) => ((seen['auth'] = snapshot(session)), callback(null, { user: 'ann' })),
      onMailFrom: (_address, session, callback) => ((seen['mail'] = snapshot(session)), callback()),
      onRcptTo: (_address, session, callback) => ((seen['rcpt'] = snapshot(session)), callback()),
      onData(stream, session, callback) {
        seen['data'] = snapshot(session);
        stream.resume();
        stream.on('end', () => callback());
      },
      onClose: (session) => void (seen['close'] = snapshot(session)),
      ...options,
    });
    return seen;
  }

  test('what is known at connect', async () => {
    const seen = await recording();
    await (await running.dial()).reply();
    expect(seen['connect']).toMatchObject({
      id: expect.stringMatching(/^[0-9a-v]{16}$/),
      secure: false,
      localAddress: '127.0.0.1',
      localPort: running.port,
      remoteAddress: '127.0.0.1',
      remotePort: expect.any(Number),
      clientHostname: '[127.0.0.1]',
      openingCommand: false,
      hostNameAppearsAs: false,
      xClient: new Map(),
      xForward: new Map(),
      transmissionType: 'SMTP',
      tlsOptions: false,
      transaction: 1,
      envelope: { mailFrom: false, rcptTo: [], bodyType: '7bit', smtpUtf8: false, requireTLS: false },
    });
    expect(seen['connect']!.envelope).not.toHaveProperty('dsn');
  });

  test('the names of the transmission', async () => {
    const seen = await recording();
    const peer = await running.dial();
    await peer.reply();
    await peer.command('HELO Client.Example');
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']).toMatchObject({
      openingCommand: 'HELO',
      hostNameAppearsAs: 'client.example',
      transmissionType: 'SMTP',
    });
    await peer.command('EHLO client.example');
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']).toMatchObject({ openingCommand: 'EHLO', transmissionType: 'ESMTP' });
    await peer.command('STARTTLS');
    await peer.startTls();
    await peer.command('EHLO client.example');
    await peer.command(`AUTH PLAIN ${plain('ann', 'x')}`);
    expect(seen['auth']).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']).toMatchObject({
      transmissionType: 'ESMTPSA',
      user: 'ann',
      tlsOptions: { version: 'TLSv1.3' },
    });
  });

  test('STARTTLS forgets who somebody was; RSET does not', async () => {
    const seen = await recording({ allowInsecureAuth: true });
    const peer = await running.greet();
    await peer.command(`AUTH PLAIN ${plain('ann', 'x')}`);
    await peer.command('RSET');
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']!.user).toBe('ann');
    await peer.command('STARTTLS');
    await peer.startTls();
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('503 Error: send HELO/EHLO first\r\n');
    await peer.command('EHLO client');
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']).toMatchObject({ user: false, transmissionType: 'ESMTPS' });
  });

  test('an envelope as it grows, and the next one', async () => {
    const seen = await recording();
    const peer = await running.greet();
    await peer.command('MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8 SIZE=10 XYZ');
    expect(seen['mail']!.envelope).toEqual({
      mailFrom: false,
      rcptTo: [],
      bodyType: '8bitmime',
      smtpUtf8: true,
      requireTLS: false,
    });
    await peer.command('RCPT TO:<c@d>');
    const mailFrom = { address: 'a@b', args: { BODY: '8BITMIME', SMTPUTF8: true, SIZE: '10', XYZ: true } };
    expect(seen['rcpt']!.envelope).toMatchObject({ mailFrom, rcptTo: [] });
    await peer.command('RCPT TO:<C@d>');
    await peer.command('DATA');
    expect(seen['data']!.envelope).toMatchObject({ mailFrom, rcptTo: [{ address: 'C@d', args: false }] });
    await peer.command('.');
    await peer.command('MAIL FROM:<>');
    expect(seen['mail']).toMatchObject({ transaction: 2, envelope: { bodyType: '7bit', smtpUtf8: false } });
  });

  test('addresses', async () => {
    const addresses: SMTPServerAddress[] = [];
    await recording({
      hideDSN: false,
      onMailFrom: (address, _session, callback) => (addresses.push(address), callback()),
      onRcptTo: (address, _session, callback) => (addresses.push(address), callback()),
    });
    const peer = await running.greet();
    await peer.command('MAIL FROM:<a@xn--mnchen-3ya.example> RET=hdrs ENVID=a+2Bb');
    await peer.command('RCPT TO:<c@[IPv6:2001:DB8:0::1]> NOTIFY=success,DELAY ORCPT=rfc822;c+40d');
    await peer.command('RCPT TO:<e@f>');
    expect(addresses).toEqual([
      { address: 'a@münchen.example', args: { RET: 'hdrs', ENVID: 'a+b' } },
      {
        address: 'c@[IPv6:2001:db8::1]',
        args: { NOTIFY: 'success,DELAY', ORCPT: 'rfc822;c@d' },
        dsn: { notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;c@d' },
      },
      { address: 'e@f', args: false },
    ]);
  });

  test('DSN on the envelope once it is not hidden', async () => {
    const seen = await recording({ hideDSN: false });
    const peer = await running.greet();
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']!.envelope.dsn).toEqual({ ret: null, envid: null });
    await peer.command('RSET');
    await peer.command('MAIL FROM:<a@b> RET=full ENVID=x1');
    expect(seen['mail']!.envelope.dsn).toEqual({ ret: 'FULL', envid: 'x1' });
  });

  test('the name of a client is looked up, with a resolver of one’s own', async () => {
    const asked: string[] = [];
    const seen = await recording({
      disableReverseLookup: false,
      resolver: { reverse: (ip, callback) => (asked.push(ip), callback(null, ['client.example', 'other.example'])) },
    });
    const peer = await running.dial();
    await peer.reply();
    expect(asked).toEqual(['127.0.0.1']);
    expect(seen['connect']!.clientHostname).toBe('client.example');
    expect(await peer.command('HELO x')).toBe('250 mx.example Nice to meet you, client.example\r\n');
  });

  test.each([
    ['fails', (_ip: string, callback: (error: Error) => void) => callback(new Error('no PTR'))],
    [
      'throws',
      () => {
        throw new Error('no resolver');
      },
    ],
    ['lies', (_ip: string, callback: (error: null, names: string[]) => void) => callback(null, ['a\r\n250 b'])],
  ] as const)('a resolver that %s leaves the address', async (_what, reverse) => {
    const seen = await recording({ disableReverseLookup: false, resolver: { reverse: reverse } });
    await (await running.dial()).reply();
    expect(seen['connect']!.clientHostname).toBe('[127.0.0.1]');
  });

  test('PROXY, XCLIENT and XFORWARD say who the client is', async () => {
    const seen = await recording({ useProxy: true, useXClient: true, useXForward: ['192.0.2.1'] });
    const peer = await running.dial();
    peer.write('PROXY TCP4 192.0.2.1 192.0.2.2 1111 25\r\n');
    await peer.reply();
    expect(seen['connect']).toMatchObject({ remoteAddress: '192.0.2.1', remotePort: 1111 });
    const ehlo = await peer.command('EHLO proxy');
    expect(ehlo).toContain('XCLIENT NAME ADDR PORT PROTO HELO LOGIN\r\n');
    expect(ehlo).toContain('XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n');
    expect(await peer.command('XFORWARD IDENT=q1 SOURCE=REMOTE')).toBe('250 OK\r\n');
    expect(await peer.command('XCLIENT ADDR=198.51.100.9 NAME=far.example PROTO=ESMTP')).toBe(
      '220 mx.example ESMTP\r\n',
    );
    await peer.command('EHLO far');
    await peer.command('MAIL FROM:<a@b>');
    expect(seen['mail']).toMatchObject({ remoteAddress: '198.51.100.9', clientHostname: 'far.example' });
    expect(Object.fromEntries(seen['mail']!.xClient)).toEqual({
      ADDR: '198.51.100.9',
      'ADDR:DEFAULT': '192.0.2.1',
      NAME: 'far.example',
      'NAME:DEFAULT': '[192.0.2.1]',
      PROTO: 'ESMTP',
    });
    expect(Object.fromEntries(seen['mail']!.xForward)).toEqual({ IDENT: 'q1', SOURCE: 'REMOTE' });
  });

  test('commands can be disabled for one session', async () => {
    await recording({
      onConnect(session, callback) {
        session.disabledCommands = ['starttls', 'AUTH'];
        callback();
      },
    });
    const peer = await running.dial();
    await peer.reply();
    const ehlo = await peer.command('EHLO client');
    expect(ehlo).not.toMatch(/STARTTLS|AUTH/);
    expect(await peer.command('STARTTLS')).toBe('500 Error: command not recognized\r\n');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('250 Accepted\r\n');
  });

  test('the last error, and the end', async () => {
    const seen = await recording();
    const peer = await running.greet();
    await peer.command('RCPT TO:<c@d>');
    await peer.command('QUIT');
    await peer.rest();
    await eventually(() => 'close' in seen);
    expect(seen['close']!.error).toBe('503 Error: need MAIL command');
  });

  test('PLAIN: who logs in for whom', async () => {
    const logins: SMTPServerAuthentication[] = [];
    await recording({ onAuth: (auth, _session, callback) => (logins.push(auth), callback(null, { user: 'x' })) });
    for (const text of ['boss\0ann\0x', 'ann\0\0x']) {
      expect(await (await running.secure()).command(`AUTH PLAIN ${base64(text)}`)).toMatch(/^235 /);
    }
    expect(logins).toEqual([
      { method: 'PLAIN', username: 'ann', authcid: 'ann', authzid: 'boss', password: 'x' },
      { method: 'PLAIN', username: 'ann', authcid: '', authzid: 'ann', password: 'x' },
    ]);
  });
});
