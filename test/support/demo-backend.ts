import { type Backend, Reply, replies, type Session, SmtpError } from 'smtp-engine';
import { demoLogin, demoSecret } from './demo-logins.js';

/** What happened inside, for tests that look behind the dialogue. */
export interface DemoLog {
  readonly errors: unknown[];
  readonly messages: { text: string; from: string; to: string[]; user: unknown }[];
}

/**
 * The application of the transcripts: alice may log in with "secret" or the token "good"; addresses whose local-part is a
 * word of the tables below make it refuse or fail in one way each.
 */
export function demoBackend(log: DemoLog = { errors: [], messages: [] }): Backend {
  return {
    auth: demoLogin,
    secret: demoSecret,
    mail: (path) => SENDERS[path.localPart]?.(),
    rcpt: (path, { session }) => RECIPIENTS[path.localPart]?.(session),
    async data(message, { envelope, session }) {
      await Promise.resolve(); // as an application that asks its database first
      const act = DATA[envelope.mailFrom.localPart];
      if (act === 'refuse') return false;
      if (act === 'forget') return 'queued';
      if (act === 'throw') throw new Error('the disk is on fire');
      if (act === 'discard') {
        message.discard();
        return 'thrown away';
      }
      const chunks: Buffer[] = [];
      for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
      if (act === 'refuse-late') throw new SmtpError(new Reply(554, '5.6.0', 'This text is not for us'));
      const text = Buffer.concat(chunks).toString('latin1');
      if (act === 'each') return envelope.rcptTo.map(({ localPart }) => answerFor(localPart));
      if (act === 'too-few') return ['stored'];
      const to = envelope.rcptTo.map(({ address }) => address);
      log.messages.push({ text, from: envelope.mailFrom.address, to, user: session.user });
      return `${message.byteLength} octets`;
    },
    error: (error) => log.errors.push(error),
  };
}

const SENDERS: Readonly<Record<string, () => unknown>> = {
  barred: () => false,
  crash: fail,
  later: () => {
    throw new SmtpError(replies.storageFull);
  },
};
const RECIPIENTS: Readonly<Record<string, (session: Session) => unknown>> = {
  nobody: () => false,
  slow: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return 'Recipient found at last';
  },
  crash: fail,
  full: () => new Reply(452, '4.2.2', 'Mailbox full'),
  // The client as the application sees it.
  whoami: ({ clientHostname: name, remoteAddress, remotePort, localAddress, localPort }) =>
    `${name} ${remoteAddress}:${remotePort} to ${localAddress}:${localPort}`,
  // Where the message comes from, as XFORWARD has it.
  whence: ({ xForward }) => [...(xForward ?? [])].map(([key, value]) => `${key}=${value}`).join(' ') || 'nobody said',
};
const DATA: Readonly<Record<string, string>> = {
  refuse: 'refuse',
  forget: 'forget',
  throw: 'throw',
  discard: 'discard',
  'refuse-late': 'refuse-late',
  each: 'each',
  'too-few': 'too-few',
};

/** What the LMTP transcripts answer for a recipient. */
function answerFor(localPart: string): unknown {
  if (localPart === 'over-quota') return new SmtpError(new Reply(452, '4.2.2', 'Mailbox full'));
  if (localPart === 'broken') return new Error('the index is broken');
  return localPart === 'unwilling' ? false : `stored for ${localPart}`;
}

function fail(): never {
  throw new Error('database password is hunter2');
}
