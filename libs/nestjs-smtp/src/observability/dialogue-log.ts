import type { LoggerService } from '@nestjs/common';
import type { Session } from 'smtp-engine';
import type {
  CommandEvent,
  LoginEvent,
  MessageEvent,
  ReplyEvent,
  SessionEvent,
  SessionObserver,
} from './session-observer.js';

/** Verbs whose arguments are about other people's connections and logins. */
const PRIVATE_VERBS: ReadonlySet<string> = new Set(['AUTH', 'XCLIENT', 'XFORWARD']);
/** A quoted or plain local part and its @; the bound keeps a long line without any from costing much. */
const LOCAL_PART = /(?:"(?:[^"\\]|\\.){0,256}"|[^\s<>@"=:;,]{1,256})@/g;

/** What the dialogue log shows. */
export interface SmtpLogOptions {
  /** Whole addresses. Default: false, which leaves one character of the local part: `a***@example.com`. */
  readonly addresses?: boolean;
}

/**
 * Writes what is said: connections, logins and messages at level `log`, commands and replies at `debug`. Never
 * credentials, mail data, arguments of AUTH, XCLIENT and XFORWARD, or the name of a refused login, which may be a
 * mistyped password.
 */
export class DialogueLog implements SessionObserver {
  constructor(
    private readonly logger: LoggerService,
    private readonly options: SmtpLogOptions = {},
  ) {}

  connection({ session }: SessionEvent): void {
    this.logger.log(`${session.id} ${session.remoteAddress} connected to '${session.listener}'`);
  }

  command({ session, verb, args }: CommandEvent): void {
    const shown = verb === '' ? '(no command)' : `${verb} ${PRIVATE_VERBS.has(verb) ? '' : this.redact(args)}`;
    this.logger.debug?.(`${session.id} C: ${shown.trimEnd()}`);
  }

  reply({ session, reply }: ReplyEvent): void {
    for (const line of reply.toString().split('\r\n')) this.logger.debug?.(`${session.id} S: ${this.redact(line)}`);
  }

  auth({ session, method, username, success, reply }: LoginEvent): void {
    const who = success ? ` of ${this.redact(username)}` : '';
    this.logger.log(`${session.id} login${who} by ${method}: ${this.redact(reply.toString())}`);
  }

  message({ session, transaction, byteLength, reply }: MessageEvent): void {
    const { mailFrom, rcptTo } = transaction.envelope;
    const about = `message of ${byteLength} octets from <${mailFrom.address}> for ${rcptTo.length} recipients`;
    this.logger.log(this.redact(`${session.id} ${about}: ${reply.toString()}`));
  }

  close({ session }: { readonly session: Session }): void {
    this.logger.log(`${session.id} closed`);
  }

  private redact(text: string): string {
    if (this.options.addresses === true) return text;
    return text.replace(LOCAL_PART, (found) => `${found.replace('"', '')[0] ?? ''}***@`);
  }
}
