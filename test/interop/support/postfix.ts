import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, freePort, succeed, waitFor } from './run.js';
import { temporaryFolder } from './temporary.js';

/** A Postfix of its own: no file of the system's configuration or queue is touched. */
export interface Postfix {
  /** Its own SMTP server, where mail to be relayed is given to it. */
  readonly port: number;
  /** What it has logged so far. */
  log(): string;
  /** Waits until its log says so. */
  logged(pattern: RegExp): Promise<void>;
}

/** Daemons a relay needs; none of them is chrooted. */
const SERVICES = `
pickup    unix  n - n 60    1 pickup
cleanup   unix  n - n -     0 cleanup
qmgr      unix  n - n 300   1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -     - trivial-rewrite
bounce    unix  - - n -     0 bounce
defer     unix  - - n -     0 bounce
proxymap  unix  - - n -     - proxymap
relay     unix  - - n -     - smtp
smtp      unix  - - n -     - smtp
lmtp      unix  - - n -     - lmtp
error     unix  - - n -     - error
retry     unix  - - n -     - error
anvil     unix  - - n -     1 anvil
scache    unix  - - n -     1 scache
postlog   unix-dgram n - n - 1 postlogd
`;

/**
 * Starts a Postfix that relays everything; it is stopped with the test. Postfix can only be run by root.
 *
 * @param settings of main.cf, such as `relayhost`
 */
export async function startPostfix(settings: Readonly<Record<string, string>>): Promise<Postfix> {
  const folder = temporaryFolder('postfix');
  const [config, queue, data] = ['config', 'queue', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [config, queue, data]) mkdirSync(path);
  chmodSync(folder, 0o755); // its daemons run as another user
  await succeed('chown', ['postfix', data]);
  const logFile = join(folder, 'log');
  const port = await freePort();
  const main = {
    compatibility_level: '3.6',
    queue_directory: queue,
    data_directory: data,
    maillog_file: logFile,
    maillog_file_prefixes: folder,
    myhostname: 'relay.example',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    alias_maps: '',
    smtp_dns_support_level: 'disabled',
    smtpd_recipient_restrictions: 'permit_mynetworks, reject',
    smtpd_authorized_xclient_hosts: '127.0.0.1',
    ...settings,
  };
  const lines = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(config, 'main.cf'), lines.join(''));
  writeFileSync(join(config, 'master.cf'), `127.0.0.1:${port} inet n - n - - smtpd${SERVICES}`);

  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  atEnd(async () => {
    await succeed('postfix', ['-c', config, 'stop']);
  });
  await succeed('postfix', ['-c', config, 'start']);
  return {
    port,
    log,
    logged: async (pattern) => {
      await waitFor(`the log of postfix has ${String(pattern)}`, () => pattern.test(log())).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${log()}`);
      });
    },
  };
}
