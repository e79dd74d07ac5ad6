// Plays an input to the engine over a connection in memory, and judges what became of it.
import { subscribe } from 'node:diagnostics_channel';
import { clearTimeout, setTimeout } from 'node:timers';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { memoryPair } from 'smtp-engine/testing';
import { SECRET, startServer, TIMED } from './listeners.mjs';
import { clearPart, replyProblems } from './replies.mjs';

/** How long a session may go on after the client has said its last; far more than all time limits of the hooks. */
const PATIENCE_MS = 20_000;
/** Errors that are never the application's here: it throws nothing but Error. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];
/** Every form in which the secret goes over the wire. */
const SECRETS = [
  SECRET,
  ...[
    SECRET,
    `\0alice\0${SECRET}`,
    `user=alice\x01auth=Bearer ${SECRET}\x01\x01`,
    `n,,\x01auth=Bearer ${SECRET}\x01\x01`,
  ].map((text) => Buffer.from(text).toString('base64')),
];

const notes = new WeakMap();
/** What nobody caught; whose it is, nobody knows. */
export const stray = [];
const server = startServer((error, session) => {
  const note = noteOf(session);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // A handler's array that does not fit is told with a TypeError of ours.
    if (BUGS.some((bug) => cause instanceof bug) && !/^the data handler gave/.test(cause.message))
      note.problems.push(`the engine has failed: ${describe(cause)}`);
    if (isSecretIn(describe(cause))) note.leaks.push('an error');
  }
});
// A user name is told to who watches logins; a client that takes its password for one cannot be helped.
const texts = {
  command: ({ verb, args }) => `${verb} ${args}`,
  reply: ({ reply }) => reply.toString(),
  message: ({ replies }) => replies.join(),
};
for (const [name, text] of Object.entries(texts)) {
  subscribe(`smtp-engine:${name}`, (message) => {
    if (isSecretIn(text(message))) noteOf(message.session).leaks.push(`smtp-engine:${name}`);
  });
}

// Now that all is set up; what fails before has to end the process.
process.on('unhandledRejection', (reason) => stray.push(`unhandledRejection: ${describe(reason)}`));
process.on('uncaughtException', (error) => stray.push(`uncaughtException: ${describe(error)}`));

/**
 * Plays an input in one piece and in several. Gives everything that is wrong with what the engine made of it, and the way
 * it went: the codes of the replies; none where the time has a say in them, for a run could not be repeated.
 */
export async function judge({ listener, octets, cuts, vanish }) {
  if (vanish !== undefined) return play(listener, cut(octets.subarray(0, vanish), cuts), true);
  const [whole, pieces] = await Promise.all([play(listener, [octets]), play(listener, cut(octets, cuts))]);
  const problems = [...new Set([...whole.problems, ...pieces.problems])];
  if (TIMED.has(listener) || isRace(octets)) return { problems };
  const [one, other] = [whole, pieces].map(({ said }) => comparable(said));
  if (!areAlike(one, other, octets)) problems.push(`other chunks, other replies: ${contrast(one, other)}`);
  return { problems, way: `${listener} ${(one.match(/^\d{3} (?:\d\.\d{1,3}\.\d{1,3})?/gm) ?? []).join()}` };
}

/** What has not been closed; to be asked when nothing is being played. */
export async function leftOpen() {
  const { conversations, deadlines } = server;
  // A hook that never answers is waited for until its time is up, whoever is gone.
  for (let waited = 0; waited < 2000; waited += 5) {
    if (conversations.size === 0 && deadlines.entries.size === 0) return [];
    await sleep(5);
  }
  return [`left open: ${conversations.size} connections, ${deadlines.entries.size} deadlines`];
}

export function close() {
  return server.close();
}

async function play(listener, chunks, vanishes = false) {
  const [client, theirs] = memoryPair();
  let said = '';
  client.on('data', (chunk) => (said += chunk.toString('latin1')));
  const ended = new Promise((resolve) => client.once('end', resolve).once('close', resolve));
  const closed = new Promise((resolve) => theirs.once('close', resolve));
  const session = server.accept(theirs, { listener, remoteAddress: '192.0.2.1' });
  const { problems, leaks } = noteOf(session);
  session.nonce = () => 'of the fuzzer';
  for (const chunk of chunks) {
    if (client.destroyed) break;
    client.write(chunk);
    await turn();
  }
  if (vanishes) client.destroy();
  else client.end();
  if (!(await inTime(ended))) problems.push('the session does not end after the client has');
  client.destroy();
  if (!(await inTime(closed))) problems.push('the connection is not closed');
  // Who leaves without a word may miss half of a reply.
  if (!vanishes) problems.push(...replyProblems(said, listener === 'tls'));
  if (isSecretKept(Buffer.concat(chunks).toString('latin1'))) {
    if (isSecretIn(said)) problems.push('a reply tells a secret');
    problems.push(...leaks.map((place) => `${place} tells a secret`));
  }
  return { said, problems };
}

/** What is wrong with a session, as far as only the engine's side shows it. */
function noteOf(session) {
  if (session === undefined) return { problems: stray, leaks: stray };
  if (!notes.has(session)) notes.set(session, { problems: [], leaks: [] });
  return notes.get(session);
}

/** Cuts octets at offsets; each piece has memory of its own, as a socket's have. */
function cut(octets, offsets) {
  const places = [0, ...[...new Set(offsets)].filter((place) => place < octets.length).sort((a, b) => a - b)];
  return places.map((place, index) => Buffer.from(octets.subarray(place, places[index + 1])));
}

async function inTime(promise) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, false)));
  const isInTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return isInTime;
}

function describe(error) {
  return error instanceof Error ? error.stack : String(error);
}

function isSecretIn(text) {
  return SECRETS.some((secret) => text.includes(secret));
}

/** Whether the client tells its secrets only where they belong: behind AUTH, or as a line, which may be a response. */
function isSecretKept(asked) {
  return !isSecretIn(asked.replace(/^\s*AUTH\s.*$/gim, '').replace(/^[A-Za-z0-9+/=]+\r?$/gm, ''));
}

/** A handshake that fails tears the connection down, and in memory what was still under way is gone with it. */
function areAlike(one, other, octets) {
  if (!/STARTTLS/i.test(octets.toString('latin1'))) return one === other;
  return one.startsWith(other) || other.startsWith(one);
}

/** Which chunk is answered for a handler that gives up in between hangs on when it does. */
function isRace(octets) {
  const asked = octets.toString('latin1');
  return /BDAT/i.test(asked) && /<(?:leaves|destroys|breaks)@/i.test(asked);
}

/** What does not hang on the time: challenges of CRAM-MD5 are never the same, and of TLS only the offer is compared. */
function comparable(said) {
  return clearPart(said).replace(/^334 P[DG]\S{40,}/gm, '334 <challenge>');
}

function contrast(one, other) {
  const [left, right] = [one, other].map((text) => text.split('\r\n'));
  const at = left.findIndex((line, index) => line !== right[index]);
  const place = at < 0 ? left.length : at;
  return `${JSON.stringify(left.slice(place, place + 2))} or ${JSON.stringify(right.slice(place, place + 2))}`;
}
