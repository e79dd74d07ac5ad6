import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { selfSignedCertificate, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { memoryPair } from 'smtp-engine/testing';
import { demoBackend } from './support/demo-backend.js';
import { readTranscripts, type Step, type Transcript, transcriptFiles } from './support/transcripts.js';

/** How the client's octets reach the server. */
type Pace = 'group by group' | 'byte by byte' | 'in one burst';

let certificate: { key: string; cert: string };

beforeAll(async () => {
  certificate = await selfSignedCertificate(['mx.example']);
});

describe.each(
  transcriptFiles(new URL('./transcripts/', import.meta.url)).map((file) => [
    basename(file.pathname),
    fileURLToPath(file),
  ]),
)('%s', (_name, file) => {
  const servers: SmtpServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  const cases = readTranscripts(file).flatMap((transcript) =>
    paces(transcript).map((pace) => [transcript.title, pace, transcript] as const),
  );
  test('has transcripts', () => expect(cases.length).toBeGreaterThan(0));
  test.each(cases)('%s — %s', async (_title, pace, transcript) => {
    const server = serverFor(transcript, pace);
    servers.push(server);
    await play(transcript, pace, server);
  });
});

function paces({ settings }: Transcript): Pace[] {
  return settings.noBurst === undefined
    ? ['group by group', 'byte by byte', 'in one burst']
    : ['group by group', 'byte by byte'];
}

function serverFor({ settings }: Transcript, pace: Pace): SmtpServer {
  const options: SmtpServerOptions = {
    name: 'mx.example',
    closeTimeout: 500,
    ...certificate,
    // A burst sends its messages without waiting for 354.
    unauthorizedPipelining: pace === 'in one burst' ? 'pass' : 'reject',
    ...settings.options,
  };
  const server = new SmtpServer(options, demoBackend());
  server.addListener();
  return server;
}

async function play(transcript: Transcript, pace: Pace, server: SmtpServer): Promise<void> {
  const [ours, theirs] = memoryPair();
  const { remoteAddress = '192.0.2.1', nonce } = transcript.settings;
  const session = server.accept(theirs, { remoteAddress });
  if (nonce !== undefined) session.nonce = () => nonce;
  const client = new Client(ours);
  const steps = pace === 'in one burst' ? clientFirst(transcript.steps) : transcript.steps;
  for (const group of groups(steps)) {
    if (group.who === 'C') await client.send(group.text, pace === 'byte by byte');
    else if (group.who === 'S') await client.expect(group.text);
    else await client.event(group.text);
  }
  client.done();
}

/** All the client says at once, then all the server says. */
function clientFirst(steps: readonly Step[]): Step[] {
  const says = (who: Step['who']): Step[] => steps.filter((step) => step.who === who);
  return [...says('C'), ...says('S'), ...says('event')];
}

/** Lines of one speaker that follow each other, as one text. */
function groups(steps: readonly Step[]): Step[] {
  const joined: Step[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (last?.who === step.who && step.who !== 'event')
      joined[joined.length - 1] = { ...last, text: last.text + step.text };
    else joined.push(step);
  }
  return joined;
}

/** However the server closes: with a last word, or without. */
const ENDS = ['end', 'close'] as const;

class Client {
  private received = '';
  private ended = false;
  private wake: (() => void) | undefined;
  private readonly onData = (chunk: Buffer): void => {
    this.received += chunk.toString('latin1');
    this.wake?.();
  };
  private readonly onEnd = (): void => {
    this.ended = true;
    this.wake?.();
  };

  constructor(private stream: Duplex) {
    this.listen();
  }

  async send(text: string, byteByByte: boolean): Promise<void> {
    const octets = Buffer.from(text, 'latin1');
    if (!byteByByte) {
      this.stream.write(octets);
      return;
    }
    for (const octet of octets) {
      this.stream.write(Buffer.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async expect(text: string): Promise<void> {
    const pattern = new RegExp(`^${text.split('…').map(escape).join('[^\\r\\n]*')}`);
    while (!pattern.test(this.received) && lineCount(this.received) < lineCount(text) && !this.ended) await this.more();
    if (!pattern.test(this.received)) expect(this.received).toBe(text); // shows the difference
    this.received = this.received.slice(pattern.exec(this.received)![0].length);
  }

  async event(name: string): Promise<void> {
    if (name === 'tls') {
      for (const event of ENDS) this.stream.removeListener(event, this.onEnd);
      this.stream.removeListener('data', this.onData);
      const secured = connectTls({ socket: this.stream, rejectUnauthorized: false });
      await once(secured, 'secureConnect');
      this.stream = secured;
      this.listen();
    } else if (name === 'fin') {
      this.stream.end();
    } else if (name === 'close') {
      while (!this.ended) await this.more();
    } else {
      throw new Error(`unknown event: ${name}`);
    }
  }

  /** Nothing more has been said than the transcript tells. */
  done(): void {
    expect(this.received).toBe('');
    this.stream.destroy();
  }

  private listen(): void {
    this.stream.on('data', this.onData);
    for (const event of ENDS) this.stream.on(event, this.onEnd);
  }

  private more(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }
}

function lineCount(text: string): number {
  return text.split('\r\n').length;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
