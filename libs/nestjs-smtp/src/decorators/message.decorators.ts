import { headerSectionOf } from '../message/header-section.js';
import { LazyMessage } from '../message/lazy-message.js';
import { type ParseLimits, resolveParseLimits, type SmtpParseLimits } from '../message/parse-limits.js';
import { smtpParameter, type SmtpPipe } from './smtp-parameter.js';

const header = smtpParameter<string>({
  name: 'SmtpHeader',
  stages: ['data'],
  read: async ({ message }, name) => (await headerSectionOf(message!)).get(name),
});

/**
 * The first value of a header field (RFC 5322 §2.2), unfolded and with its encoded-words decoded (RFC 2047), as a string;
 * undefined where the message has none. Only the header section is read, which sends 354, and `@SmtpMessage()` begins with
 * it all the same. More than 256 KiB of header is 552 5.3.4. Outside `@SmtpData()` a boot error.
 *
 * @throws TypeError, when the application is loaded, for what is no name of a field
 * @example receive(@SmtpHeader('subject') subject: string | undefined, @SmtpMessage() message: MessageStream) { … }
 */
export function SmtpHeader(name: string, ...pipes: readonly SmtpPipe[]): ParameterDecorator {
  // RFC 5322 §2.2: printable ASCII without the colon.
  if (!/^[!-9;-~]{1,200}$/.test(name)) throw new TypeError(`@SmtpHeader('${name}'): write a name such as 'subject'`);
  return header(name, ...pipes);
}

const parsed = smtpParameter<ParseLimits>({
  name: 'SmtpParsed',
  stages: ['data'],
  needs: () => 'mailparser',
  excludes: ['SmtpMessage', 'SmtpSubject', 'SmtpParsed'],
  read: ({ message }, limits) => new LazyMessage(message!, limits),
});

/**
 * The message as a `LazyMessage`: `await mail.parsed()` reads it and takes it apart with mailparser (which must be
 * installed), within limits for size, text, header, parts, nesting and time. Nothing of it is read before. Outside
 * `@SmtpData()` a boot error, and beside the message itself, since there is one stream to read.
 *
 * @throws TypeError, when the application is loaded, for what is no limit
 * @example async receive(@SmtpParsed({ maxParts: 50 }) mail: LazyMessage) { const { subject } = await mail.parsed(); … }
 */
export const SmtpParsed = (limits: SmtpParseLimits = {}): ParameterDecorator => parsed(resolveParseLimits(limits));
