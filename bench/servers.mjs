// The servers that are compared: how each is started. `{port}` and the like are filled in.
import { existsSync } from 'node:fs';

const NODE_SERVER = ['--port', '{port}', '--tls', '{tls}', '--cert', '{cert}', '--key', '{key}'];
const node = (script) => [
  'node',
  '--expose-gc',
  new URL(`./servers/${script}`, import.meta.url).pathname,
  ...NODE_SERVER,
];

export const SERVERS = {
  'smtp-server': { command: node('smtp-server.mjs'), hasTls: true, hasAuth: true, collects: true },
  engine: { command: node('engine.mjs'), hasTls: true, hasAuth: true, collects: true },
  nest: { command: node('nest.mjs'), hasTls: true, hasAuth: true, collects: true },
  // What Node itself costs; it speaks no STARTTLS and takes no dot away.
  bare: { command: node('bare.mjs'), hasTls: true, hasAuth: true, collects: true },
  // Debian's package postfix; in C.
  'smtp-sink': {
    command: ['/usr/sbin/smtp-sink', '-u', 'nobody', '-m', '20000', '127.0.0.1:{port}', '4096'],
    hasTls: false,
    hasAuth: false,
    collects: false,
  },
};

/** Why a server cannot play a workload here; undefined where it can. */
export function obstacle({ command, hasTls, hasAuth }, { tls = 'none', auth = false }) {
  if (command[0].startsWith('/') && !existsSync(command[0])) return `${command[0]} is not installed`;
  if (tls !== 'none' && !hasTls) return 'has no TLS';
  if (auth && !hasAuth) return 'has no AUTH';
  return undefined;
}

export function fillIn(command, values) {
  return command.map((part) => part.replace(/^\{(\w+)\}$|\{(port)\}/g, (_, whole, inner) => values[whole ?? inner]));
}
