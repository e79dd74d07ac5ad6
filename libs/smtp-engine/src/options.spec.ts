import { describe, expect, test } from '@jest/globals';
import dns from 'node:dns';
import { hostname } from 'node:os';
import type { AddressList } from './address-list.js';
import type { Backend } from './backend.js';
import type { ListenerOptions, SmtpServerOptions } from './options.js';
import { resolveOptions, SmtpOptionsError } from './resolved-options.js';
import { SmtpServer } from './server.js';

const withLogin: Backend = { auth: () => true };
const open: ListenerOptions = { name: 'mx', authOptional: true, recipients: 'any' };

function problemsOf(options: SmtpServerOptions & ListenerOptions, backend: Backend = {}): readonly string[] {
  try {
    resolveOptions(options, backend, 'default');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SmtpOptionsError);
    expect(error).toBeInstanceOf(TypeError);
    const { problems, message } = error as SmtpOptionsError;
    for (const problem of problems) expect(message).toContain(problem);
    return problems;
  }
}

describe('defaults', () => {
  test('are complete and frozen', () => {
    const options = resolveOptions({ authOptional: true, recipients: 'any' }, {}, 'default');
    expect(Object.isFrozen(options)).toBe(true);
    expect(options).toMatchObject({
      id: 'default',
      name: hostname(),
      takesRecipientsOneByOne: false,
      secure: false,
      size: 0,
      authMethods: ['LOGIN', 'PLAIN'],
      authEnabled: false,
      loginRequired: false,
      allowInsecureAuth: false,
      maxAllowedUnauthenticatedCommands: 10,
      maxFailedLogins: 10,
      authFailureDelayMs: 250,
      maxAuthFailureDelayMs: 4000,
      requestCert: false,
      rejectUnauthorized: true,
      scramIterations: 10_000,
      scramDecoyKey: undefined,
      maxCommandsWithoutMail: 50,
      maxUnknownCommands: 50,
      maxCommandLength: 4096,
      maxAuthLineLength: 12_288,
      maxRecipients: 1000,
      tlsConfigured: false,
      hideSTARTTLS: false,
      hideENHANCEDSTATUSCODES: false,
      proxyPeers: undefined,
      xclientPeers: undefined,
      xforwardPeers: undefined,
      resolver: undefined,
      greetingDelayMs: 0,
      socketTimeout: 60_000,
      handshakeTimeoutMs: 30_000,
      dataInitiationTimeoutMs: 30_000,
    });
  });

  test('login is required unless it is said otherwise', () => {
    expect(resolveOptions({ name: 'mx', allowInsecureAuth: true }, withLogin, 'a').loginRequired).toBe(true);
    expect(resolveOptions({ ...open, authMethods: ['plain '] }, withLogin, 'a').authMethods).toEqual(['PLAIN']);
    expect(resolveOptions({ ...open, disabledCommands: ['auth'] }, withLogin, 'a').authEnabled).toBe(false);
    expect(resolveOptions(open, { ...withLogin, rcpt: () => true }, 'a').authEnabled).toBe(true);
    expect(resolveOptions({ ...open, authRequiredMessage: 'Log in' }, {}, 'a').authRequiredReply.toString()).toBe(
      '530 5.7.0 Log in',
    );
  });

  test.each(['useProxy', 'useXForward'] as const)('names the peers of %s', (option) => {
    const peers = (value: boolean | string[]): AddressList | undefined => {
      const { proxyPeers, xforwardPeers } = resolveOptions({ ...open, [option]: value }, {}, 'a');
      expect(option === 'useProxy' ? xforwardPeers : proxyPeers).toBeUndefined();
      return option === 'useProxy' ? proxyPeers : xforwardPeers;
    };
    expect(peers(false)).toBeUndefined();
    expect(peers(true)?.has('203.0.113.1')).toBe(true);
    expect(peers(['2001:db8::/32'])?.has('2001:db8::1')).toBe(true);
    expect(peers(['2001:db8::/32'])?.has('10.1.1.1')).toBe(false);
  });

  test('no names are looked up unless it is asked for', () => {
    const resolver = { reverse: () => undefined };
    expect(resolveOptions(open, {}, 'a').resolver).toBeUndefined();
    expect(resolveOptions({ ...open, disableReverseLookup: false }, {}, 'a').resolver).toBe(dns);
    expect(resolveOptions({ ...open, disableReverseLookup: false, resolver }, {}, 'a').resolver).toBe(resolver);
    expect(resolveOptions({ ...open, disableReverseLookup: true, resolver }, {}, 'a').resolver).toBeUndefined();
  });

  test('names the peers of XCLIENT', () => {
    expect(resolveOptions({ ...open, useXClient: true }, {}, 'a').xclientPeers?.has('203.0.113.1')).toBe(true);
    const { xclientPeers } = resolveOptions({ ...open, useXClient: ['10.0.0.0/8'] }, {}, 'a');
    expect(xclientPeers?.has('10.1.1.1')).toBe(true);
    expect(xclientPeers?.has('11.1.1.1')).toBe(false);
    expect(resolveOptions({ ...open, useXClient: [] }, {}, 'a').xclientPeers?.has('10.1.1.1')).toBe(false);
  });
});

describe('numbers', () => {
  type Bound = readonly [option: keyof SmtpServerOptions, least: number, mayBeFalse?: boolean, most?: number];
  const bounds: readonly Bound[] = [
    ['size', 0],
    ['maxAllowedUnauthenticatedCommands', 1, true],
    ['maxFailedLogins', 1, true],
    ['maxCommandsWithoutMail', 1, true],
    ['maxUnknownCommands', 1],
    ['maxCommandLength', 512, false, 65_536],
    ['maxAuthLineLength', 512, false, 65_536],
    ['maxRecipients', 100],
    ['socketTimeout', 1],
    ['handshakeTimeoutMs', 1],
    ['dataInitiationTimeoutMs', 1],
    ['maxClients', 1],
  ];
  test.each(bounds)('%s: at least %d', (option, least, mayBeFalse = false, most = undefined) => {
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    for (const value of [least, least + 1, ...(mayBeFalse ? [false] : [])]) {
      expect(problemsOf({ ...open, [option]: value })).toEqual([]);
    }
    for (const value of [least - 1, -1, least + 0.5, Number.NaN, Infinity, '5', true, ...(mayBeFalse ? [] : [false])]) {
      const off = mayBeFalse ? ', or false for no limit' : '';
      expect(problemsOf({ ...open, [option]: value })).toEqual([
        `listener 'default': ${option} is ${String(value)}; write a whole number ${range}${off}`,
      ]);
    }
  });

  test('lines may be short for who wants them so', () => {
    const short = { ...open, maxCommandLength: 1, maxAuthLineLength: 1 };
    expect(problemsOf({ ...short, commandSyntax: 'lax' })).toEqual([]);
    expect(problemsOf(short)).toHaveLength(2);
    expect(problemsOf({ ...short, maxCommandLength: 0, commandSyntax: 'lax' })).toEqual([
      "listener 'default': maxCommandLength is 0; write a whole number from 1 to 65536",
    ]);
  });

  test.each([-1, 2 ** 31, Number.NaN, Infinity])('closeTimeout fits into a timer: %p', (closeTimeout) => {
    expect(problemsOf({ ...open, closeTimeout })).toEqual([
      `listener 'default': closeTimeout is ${closeTimeout}; write a whole number from 0 to 2147483647`,
    ]);
    expect(problemsOf({ ...open, closeTimeout: 0 })).toEqual([]);
  });
});

describe('delays of refused logins, SCRAM iterations', () => {
  test.each<[options: SmtpServerOptions, problem: string]>([
    [{ authFailureDelayMs: 0 }, 'authFailureDelayMs is 0; write a whole number from 1 to 60000, or false for no limit'],
    [{ authFailureDelayMs: 60_001 }, 'authFailureDelayMs is 60001'],
    [{ maxAuthFailureDelayMs: 0 }, 'maxAuthFailureDelayMs is 0; write a whole number from 1 to 60000'],
    [{ scramIterations: 4095 }, 'scramIterations is 4095; write a whole number from 4096 to 1000000'],
  ])('%j', (options, problem) => expect(problemsOf({ ...open, ...options }).join()).toContain(problem));

  test('may be none', () => expect(problemsOf({ ...open, authFailureDelayMs: false })).toEqual([]));
});

describe('mechanisms that can never succeed', () => {
  const secret = (): null => null;
  const tls = { key: 'k', cert: 'c' };

  test.each<[authMethods: string[], options: SmtpServerOptions, backend: Backend, problem: string]>([
    [['SCRAM-SHA-1'], {}, {}, 'SCRAM-SHA-1, which needs a secret handler that knows the secrets of users'],
    [['PLAIN', 'SCRAM-SHA-256'], tls, {}, 'SCRAM-SHA-256, which needs a secret handler'],
    [['SCRAM-SHA-256-PLUS'], {}, { secret }, 'SCRAM-SHA-256-PLUS, which needs TLS: give key and cert, and do not'],
    [['SCRAM-SHA-1-PLUS'], { ...tls, disabledCommands: ['STARTTLS'] }, { secret }, 'SCRAM-SHA-1-PLUS, which needs TLS'],
    [
      ['EXTERNAL'],
      tls,
      {},
      'EXTERNAL, which needs TLS that asks clients for a certificate: give key, cert and requestCert',
    ],
    [['EXTERNAL'], { ...tls, requestCert: true, disabledCommands: ['STARTTLS'] }, {}, 'EXTERNAL, which needs TLS'],
  ])('%j with %j', (authMethods, options, backend, problem) => {
    const problems = problemsOf({ ...open, authMethods, ...options }, { ...withLogin, ...backend });
    expect(problems.join('\n')).toContain(`authMethods names ${problem}`);
    expect(problems).toHaveLength(1);
  });

  test.each<[authMethods: string[], options: SmtpServerOptions]>([
    [['SCRAM-SHA-1', 'SCRAM-SHA-256'], {}],
    [['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'], tls],
    [['SCRAM-SHA-256-PLUS'], { ...tls, secure: true, disabledCommands: ['STARTTLS'] }],
    [['EXTERNAL'], { ...tls, requestCert: true }],
    [['ANONYMOUS', 'OAUTHBEARER'], {}],
  ])('%j can with %j', (authMethods, options) => {
    expect(problemsOf({ ...open, authMethods, ...options }, { ...withLogin, secret })).toEqual([]);
  });
});

describe('what cannot work', () => {
  test.each<[options: SmtpServerOptions, backend: Backend, problem: string]>([
    [{ ...open, name: '' }, {}, 'name is ""; write the host name'],
    [{ ...open, name: 'mx\r\n220 x' }, {}, 'name is "mx\\r\\n220 x"; write'],
    [{ ...open, name: 'my host' }, {}, 'name is "my host"; write'],
    [{ ...open, name: 'müx' }, {}, 'name is "müx"; write'],
    [{ ...open, name: 'x'.repeat(256) }, {}, 'write the host name clients know this server by'],
    [{ ...open, useXClient: ['10.0.0.0/33'] }, {}, "useXClient: '10.0.0.0/33' is no address and no CIDR prefix; write"],
    [{ ...open, useProxy: ['proxy'] }, {}, "useProxy: 'proxy' is no address and no CIDR prefix; write"],
    [{ ...open, useXForward: '10.0.0.5' as never }, {}, "useXForward: write a list, for example ['10.0.0.5']"],
    [{ ...open, resolver: { reverse: () => undefined } }, {}, 'nobody asks it: write disableReverseLookup: false'],
    [{ ...open, resolver: {} as never }, {}, 'resolver has no method reverse(address, callback); give it one'],
    [{ ...open, greetingDelayMs: 60_001 }, {}, 'greetingDelayMs is 60001; write a whole number from 0 to 60000'],
    [{ ...open, authMethods: ['XCLIENT'] }, withLogin, 'trust a proxy with useXClient'],
    [{ ...open, authMethods: ['GSSAPI'] }, withLogin, 'there are PLAIN, LOGIN, CRAM-MD5, XOAUTH2'],
    [{ name: 'mx', recipients: 'any' }, {}, 'give an auth handler and authMethods, or write authOptional: true'],
    [{ name: 'mx', authMethods: [] }, withLogin, 'give an auth handler and authMethods, or write authOptional: true'],
    [{ name: 'mx' }, withLogin, 'give key and cert (or allowInsecureAuth: true in a network you trust)'],
    [
      { name: 'mx', key: 'k', cert: 'c', disabledCommands: ['STARTTLS'] },
      withLogin,
      'enable it (or write allowInsecureAuth: true)',
    ],
    [{ name: 'mx', authOptional: true }, {}, "give a rcpt handler, or write recipients: 'any'"],
    [{ name: 'mx', disabledCommands: ['AUTH'] }, withLogin, "give a rcpt handler, or write recipients: 'any'"],
    [{ ...open, secure: true }, {}, 'secure: true needs a certificate: give key and cert (or pfx)'],
    [{ ...open, key: 'k' }, {}, 'key is given without cert; give both (or pfx)'],
    [{ ...open, cert: 'c' }, {}, 'cert is given without key; give both (or pfx)'],
    [{ ...open, requestCert: true }, {}, 'requestCert: true needs TLS, so a certificate of the server: give key'],
  ])('%j', (options, backend, problem) => {
    const problems = problemsOf(options, backend);
    expect(problems.join('\n')).toContain(problem);
    expect(problems).toHaveLength(1);
  });

  test('is reported all together', () => {
    const problems = problemsOf({ name: '', size: -1, maxRecipients: 5, secure: true, useXClient: ['x'] }, {});
    expect(problems.map((problem) => problem.slice("listener 'default': ".length, 34))).toEqual([
      "useXClient: 'x",
      'size is -1; wr',
      'maxRecipients ',
      'name is ""; wr',
      'login is requi',
      'secure: true n',
    ]);
  });
});

describe('what works', () => {
  test.each<[options: SmtpServerOptions, backend: Backend]>([
    [{ name: 'mx', key: 'k', cert: 'c' }, withLogin],
    [{ name: 'mx', pfx: 'p' }, withLogin],
    [{ name: 'mx', secure: true, key: 'k', cert: 'c', disabledCommands: ['STARTTLS'] }, withLogin],
    [{ name: 'mx' }, { ...withLogin, isExempt: () => true }],
    [{ name: 'mx', authOptional: true }, { rcpt: () => true }],
    [{ name: 'mx', disabledCommands: ['AUTH'], authMethods: ['GSSAPI'], recipients: 'any' }, {}],
  ])('%j', (options, backend) => expect(problemsOf(options, backend)).toEqual([]));
});

describe('SmtpServer', () => {
  test('says what is wrong when a listener is added', () => {
    expect(() => new SmtpServer({ name: 'mx', authOptional: true }).addListener()).toThrow(SmtpOptionsError);
    expect(() => new SmtpServer({ ...open, maxClients: 0 }).addListener()).toThrow(/maxClients is 0/);
  });

  test('takes each id once', () => {
    const server = new SmtpServer(open);
    expect(server.addListener()).toBe('default');
    expect(server.addListener()).toBe('listener-2');
    expect(server.addListener({ id: 'mx' })).toBe('mx');
    expect(() => server.addListener({ id: 'mx' })).toThrow("two listeners with the id 'mx'");
  });

  test('forgets a listener whose port it cannot have', async () => {
    const server = new SmtpServer(open);
    const { address } = await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = address as { port: number };
    await expect(server.listen({ id: 'second', host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
    expect(server.addListener({ id: 'second' })).toBe('second');
    expect(server.addresses()).toHaveLength(1);
    await server.close();
    await expect(server.listen({ port: 0 })).rejects.toThrow('closing or closed');
  });
});
