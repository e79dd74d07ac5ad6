import { setTimeout as sleep } from 'node:timers/promises';
import { handlers } from './application.mjs';
import { Client } from './client.mjs';
import { Journal } from './journal.mjs';
import { show } from './steps.mjs';

/** How long a reply may take. Some never come: then both sides have to be silent. */
const PATIENCE_MS = 1500;
/** How long the end of a dialogue waits for what nobody asked for. */
const LINGER_MS = 40;
const DIALOGUE_MS = 15_000;
/** After these the server closes, or should. */
const CLOSING = /^(221|421|554)/;

/** Plays a dialogue to a server of its own: what came after each step, and what the application saw. */
export async function play({ setup, steps }, SMTPServer) {
  const { app = {}, ...options } = setup;
  delete options.clientTls;
  let port;
  const clients = [];
  const journal = new Journal(() => [
    [port, '<port of the server>'],
    ...clients.map(({ localPort }, at) => [localPort, `<port of client ${at + 1}>`]),
  ]);
  // Each server gets an object of its own: the original writes to it.
  const server = new SMTPServer({ ...options, ...handlers(app, journal) });
  const note = (event, field, value) => {
    journal.call(event);
    journal.log(event, field, value);
  };
  server.on('error', (error) => note('error', 'event', { code: error.code, remoteAddress: error.remoteAddress }));
  server.on('connect', (info) => note('connect', 'event', { ...info, id: /^[0-9a-v]{16}$/.test(info.id) }));
  server.on('close', () => note('close', 'event'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = server.server.address().port;

  const dialogue = new Dialogue(server, port, note, setup, clients);
  const tooLong = sleep(DIALOGUE_MS, 'late', { ref: false });
  const outcome = await Promise.race([dialogue.run(steps), tooLong]);
  if (outcome === 'late') dialogue.got('(the dialogue takes too long)');
  await dialogue.close();
  // When exactly the application hears of the end is up to the sockets: it comes last here.
  const isEnd = (line) => /^(onClose|close)#/.test(line);
  const ends = journal.lines
    .filter(isEnd)
    .sort((one, other) => other.startsWith('onClose') - one.startsWith('onClose'));
  const lines = [...journal.lines.filter((line) => !isEnd(line)), ...ends];
  return { steps: dialogue.record, journal: lines };
}

class Dialogue {
  record = [];
  #client;
  #isClosedShown = false;
  #lastChallenge = '';

  constructor(server, port, note, setup, clients) {
    this.server = server;
    this.port = port;
    this.note = note;
    this.setup = setup;
    this.clients = clients;
    this.closed = new Promise((resolve) => server.once('close', resolve));
  }

  got(line) {
    this.record.at(-1).got.push(line);
  }

  async run(steps) {
    this.record.push({ sent: '(connection)', got: [] });
    const [first, ...others] = steps;
    const opening = first?.do === 'early' || first?.do === 'crowd' ? first : undefined;
    for (let count = opening?.clients ?? 0; count > 0; count--) await (await this.#connect()).reply(PATIENCE_MS);
    this.#client = await this.#connect();
    if (opening?.do === 'early') {
      this.record[0].sent += ` ${show(opening)}`;
      this.#client.write(opening.octets);
    }
    const isTls = this.setup.secure === true && this.setup.secured !== true;
    if (isTls) this.got(`(tls ${await this.#client.handshake(this.setup.clientTls ?? {})})`);
    await this.#replies(1);
    for (const step of opening === undefined ? steps : others) {
      this.record.push({ sent: show(step), got: [] });
      await this.#act(step);
    }
    await this.#finish();
  }

  async #connect() {
    const client = new Client(this.port);
    this.clients.push(client);
    await client.connected;
    return client;
  }

  async #act(step) {
    switch (step.do) {
      case 'send':
        this.#client.write(step.octets);
        return this.#replies(step.replies);
      case 'asked':
        return this.#lastReply.startsWith(step.when) ? this.#answer(step.octets) : undefined;
      case 'dribble':
        for (const octet of Buffer.from(step.octets)) {
          this.#client.write(Buffer.of(octet));
          await sleep(1);
        }
        return this.#replies(step.replies);
      case 'pause':
        return sleep(step.ms);
      case 'handshake':
        return this.got(
          `(tls ${await this.#client.handshake({ ...step.options, ...this.#certificate(step.options) })})`,
        );
      case 'cram':
        if (step.isAsked && !this.#lastReply.startsWith('334')) return undefined;
        this.#client.write(`${await this.#cramResponse(step)}\r\n`);
        return this.#replies(1);
      case 'end':
        return this.#client.end();
      case 'drop':
        this.#client.drop();
        return sleep(LINGER_MS);
      case 'shutdown':
        this.server.close(() => this.note('close()', 'callback'));
        return undefined;
      default:
        throw new Error(`no such step: ${step.do}`);
    }
  }

  /** LMTP says something about each recipient, and all of it at once. */
  async #answer(octets) {
    this.#client.write(octets);
    await this.#replies(1);
    for (let lines; (lines = await this.#client.reply(LINGER_MS / 4)) !== undefined;) this.#show(lines);
  }

  get #lastReply() {
    return this.record.flatMap(({ got }) => got).at(-1) ?? '';
  }

  #certificate(options) {
    return options.cert === true ? this.setup.clientTls : {};
  }

  async #cramResponse({ user, password }) {
    const { createHmac } = await import('node:crypto');
    const digest = createHmac('md5', password).update(this.#lastChallenge).digest('hex');
    return Buffer.from(`${user} ${digest}`).toString('base64');
  }

  async #replies(count) {
    for (let taken = 0; taken < count; taken++) {
      if (this.#isClosedShown) return;
      const lines = await this.#client.reply(PATIENCE_MS);
      if (lines === undefined) {
        const rest = this.#client.rest();
        if (rest !== '') this.got(`(unfinished) ${JSON.stringify(rest)}`);
        if (this.#client.isEnded) return this.#closed();
        return this.got('(no reply)');
      }
      this.#show(lines);
    }
  }

  #show(lines) {
    for (const line of lines) this.got(this.#plain(line));
  }

  /** The challenge of CRAM-MD5 is another one each time. */
  #plain(line) {
    const challenge = /^334 (\S+)$/.exec(line)?.[1];
    if (challenge === undefined) return line;
    const text = Buffer.from(challenge, 'base64').toString();
    if (!/^<.+@.+>$/.test(text)) return line;
    this.#lastChallenge = text;
    return `334 (${text.replace(/^<[0-9a-f]{32}\.\d{9,11}@/, '<challenge@')})`;
  }

  #closed() {
    if (!this.#isClosedShown) this.got('(closed by the server)');
    this.#isClosedShown = true;
  }

  /** What comes without being asked for, and whether the server has closed. */
  async #finish() {
    await this.#client.ended(CLOSING.test(this.#lastReply) ? PATIENCE_MS : LINGER_MS);
    for (let lines; (lines = await this.#client.reply(0)) !== undefined;) this.#show(lines);
    const rest = this.#client.rest();
    if (rest !== '') this.got(`(unfinished) ${JSON.stringify(rest)}`);
    if (this.#client.isEnded) this.#closed();
  }

  /** Everybody leaves; the application sees onClose, then the server closes, unless it has. */
  async close() {
    for (const client of this.clients) client.destroy();
    for (const deadline = Date.now() + 1000; this.server.connections.size > 0 && Date.now() < deadline;) await sleep(5);
    await sleep(10);
    if (this.server.server.listening) this.server.close();
    const outcome = await Promise.race([this.closed, sleep(3000, 'late', { ref: false })]);
    if (outcome === 'late') this.note('close', 'does not come');
    await sleep(LINGER_MS / 2);
  }
}
