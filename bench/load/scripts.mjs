// What a client of a workload says.
import { makeMessage } from './message.mjs';

/**
 * A step: octets to send, and how many replies to wait for. `isFirst` and `isLast` enclose what is counted as one and whose
 * time is taken; `secures`: a TLS handshake follows.
 *
 * @returns {{ opening: Step[], repeated: Step[], closing: Step[] }}
 */
export function makeScript(workload) {
  const { mode, tls = 'none' } = workload;
  const greeting = { ...step('', 1), isFirst: mode === 'connection' };
  const hello = step('EHLO client.example\r\n');
  const starttls = tls === 'starttls' ? [{ ...step('STARTTLS\r\n'), secures: true }, hello] : [];
  const opening = [greeting, hello, ...starttls, ...login(workload)];
  const quit = step('QUIT\r\n');
  if (mode === 'idle')
    return { opening: [...opening.slice(0, -1), { ...opening.at(-1), isLast: true }], repeated: [], closing: [] };
  const message = messageSteps(workload);
  if (mode !== 'connection') return { opening, repeated: enclosed(message), closing: [quit] };
  return { opening, repeated: [], closing: [...message, { ...quit, isLast: true }] };
}

function login({ auth = false }) {
  return auth ? [step(`AUTH PLAIN ${Buffer.from('\0user\0pass').toString('base64')}\r\n`)] : [];
}

function messageSteps(workload) {
  const { mode, rcpts = 1, noops = 0, size } = workload;
  if (size === 0) return [];
  const commands = [
    ...Array(noops).fill('NOOP\r\n'),
    'MAIL FROM:<sender@client.example>\r\n',
    ...Array.from({ length: rcpts }, (_, n) => `RCPT TO:<recipient${n}@server.example>\r\n`),
    'DATA\r\n',
  ];
  const groups = mode === 'pipeline' ? [step(commands.join(''), commands.length)] : commands.map((line) => step(line));
  return [...groups, { octets: makeMessage(workload), replies: 1 }];
}

function enclosed(steps) {
  return steps.map((each, at) => ({ ...each, isFirst: at === 0, isLast: at === steps.length - 1 }));
}

function step(text, replies = 1) {
  return { octets: Buffer.from(text, 'latin1'), replies };
}
