import type { ReplyContext } from '../manner-options.js';
import { mayAuthenticate } from '../policy/tls-before-auth.js';
import { type Reply, replies } from '../reply.js';
import type { CommandRules } from './command-rules.js';
import type { SMTPConnection } from './connection.js';
import { REPLY_TEXTS, type Text } from './reply-texts.js';
import { WordedReply, type Wording } from './replies.js';
import type { Settings } from './settings.js';
import type { SMTPServerOptions } from './types.js';

/** Keywords of EHLO whose line an option hides although what they stand for is taken. */
const HIDDEN_BY_DEFAULT = [
  ['ENHANCEDSTATUSCODES', 'hideENHANCEDSTATUSCODES'],
  ['REQUIRETLS', 'hideREQUIRETLS'],
] as const;
/** What smtp-server's syntax texts say behind the mechanism. */
const TAKES_TOKEN: ReadonlySet<string> = new Set(['PLAIN', 'XOAUTH2', 'OAUTHBEARER']);
const XCLIENT_LINE = 'XCLIENT NAME ADDR PORT PROTO HELO LOGIN';

/** Says the engine's replies in smtp-server's words. */
export class Rephraser {
  constructor(
    private readonly options: SMTPServerOptions,
    private readonly settings: Settings,
    private readonly wording: Wording,
    private readonly rules: CommandRules,
  ) {}

  rephrase(reply: Reply, context: ReplyContext, connection: SMTPConnection): Reply {
    if (reply instanceof WordedReply) return reply;
    if (reply.code === 250 && isHello(context.verb)) return this.hello(reply, context, connection);
    if (reply === replies.tooManyConnections) {
      return this.wording.bare(421, `${this.settings.name} Too many connected clients, try again in a moment`);
    }
    const text = this.dependingOn(reply, context, connection) ?? REPLY_TEXTS.get(reply);
    // What is said to HELO and EHLO has no enhanced code (RFC 2034 §4), but for what went wrong here.
    if (text !== undefined && isHello(context.verb) && reply !== replies.localError)
      return this.wording.bare(text[0], text[1]);
    if (text !== undefined) return this.wording.reply(...text);
    // The greeting, what smtp-server has no words for, and what an extension of the engine says.
    return reply.enhanced === undefined ? reply : this.wording.reply(reply.code, reply.lines, reply.enhanced);
  }

  private dependingOn(reply: Reply, context: ReplyContext, connection: SMTPConnection): Text | undefined {
    const { name, size } = this.settings;
    switch (reply) {
      case replies.ok:
        return context.verb === 'RSET' ? [250, 'Flushed'] : undefined;
      case replies.earlyTalker:
        return [421, `${name} You talk too soon`];
      case replies.messageTooLarge:
        return [552, `Error: message exceeds fixed maximum message size ${size}`, '5.3.4'];
      case replies.badAuthSyntax:
      case replies.initialResponseNotAllowed:
        return this.authSyntax(context, connection);
      default:
        return reply.code === 501 && isHello(context.verb) ? [501, 'Error: Bad hostname syntax'] : undefined;
    }
  }

  private authSyntax(context: ReplyContext, connection: SMTPConnection): Text {
    const mechanism = mechanismOf(context);
    const isClear = !mayAuthenticate(connection.engine) && !this.rules.isDisabled('STARTTLS', connection);
    if (isClear) return REPLY_TEXTS.get(replies.encryptionRequired)!;
    if (!this.settings.authMethods.includes(mechanism)) return REPLY_TEXTS.get(replies.unknownMechanism)!;
    return [501, `Error: syntax: AUTH ${mechanism}${TAKES_TOKEN.has(mechanism) ? ' token' : ''}`];
  }

  private hello(reply: Reply, { verb }: ReplyContext, connection: SMTPConnection): Reply {
    const [, ...offered] = reply.lines;
    const lines = offered.flatMap((line) => this.offer(line, connection) ?? []);
    return this.wording.bare(250, [this.welcome(connection), ...(verb === 'HELO' ? [] : lines)]);
  }

  private welcome({ session }: SMTPConnection): string {
    const words = [this.settings.name, session.clientHostname];
    return (this.options.heloResponse || '%s Nice to meet you, %s').replace(/%s/g, () => words.shift() ?? '');
  }

  /** A line of EHLO as smtp-server has it; undefined where it has none. */
  private offer(line: string, connection: SMTPConnection): string | undefined {
    const [keyword = ''] = line.split(' ');
    const hidden = HIDDEN_BY_DEFAULT.find(([name]) => name === keyword);
    if (hidden !== undefined) return (this.options[hidden[1]] ?? true) ? undefined : line;
    if (keyword === 'PIPELINING' && this.options.hidePIPELINING) return undefined;
    if (keyword === 'SIZE') return this.settings.size > 0 ? line : undefined;
    if (keyword === 'AUTH' && connection.session.user) return undefined;
    if (['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD'].includes(keyword) && this.rules.isDisabled(keyword, connection)) {
      return undefined;
    }
    return keyword === 'XCLIENT' ? XCLIENT_LINE : line;
  }
}

function isHello(verb: string): boolean {
  return verb === 'EHLO' || verb === 'HELO' || verb === 'LHLO';
}

function mechanismOf({ args }: ReplyContext): string {
  return args.trim().split(/\s+/)[0]!.toUpperCase();
}
