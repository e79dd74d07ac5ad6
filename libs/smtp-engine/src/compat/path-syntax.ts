import type { MailPath, RcptParameters } from '../mail-path.js';
import type { NotifyValue } from '../protocol/dsn.js';
import type { ReadPath } from '../manner-options.js';
import type { Mailbox } from '../protocol/syntax.js';
import { replies, type Reply } from '../reply.js';
import type { Session } from '../session/session.js';
import { readAddress } from './addresses.js';
import type { Wording } from './replies.js';
import type { SMTPServerAddress, SMTPServerOptions } from './types.js';

type Verb = 'MAIL' | 'RCPT';
type Values = ReadonlyMap<string, string | true>;

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const KEYWORD: Readonly<Record<Verb, RegExp>> = { MAIL: /^FROM\s*:\s*/i, RCPT: /^TO\s*:\s*/i };
/** Parameters that say nothing without a value. */
const NEEDS_VALUE: Readonly<Record<Verb, readonly string[]>> = {
  MAIL: ['BODY', 'SIZE', 'RET', 'ENVID'],
  RCPT: ['NOTIFY', 'ORCPT'],
};
/** What the engine judges as smtp-server does, in smtp-server's order, whatever that of the client. */
const JUDGED_FIRST = ['SIZE', 'BODY', 'SMTPUTF8', 'REQUIRETLS', 'RET'];
/** What smtp-server takes as it comes, or judges otherwise than the engine. */
const JUDGED_HERE: Readonly<Record<Verb, readonly string[]>> = { MAIL: ['AUTH', 'ENVID'], RCPT: ['NOTIFY', 'ORCPT'] };
const NOTIFY_VALUES: ReadonlySet<string> = new Set(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);
/** RFC 3461 §4.2: the type of an address, and the address. */
const ORCPT = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+;./i;

/** The argument of MAIL or RCPT, taken apart. */
interface Parts {
  readonly mailbox: Mailbox;
  /** As sent. */
  readonly raw: Values;
  /** Decoded from xtext. */
  readonly values: Values;
}

/** Reads the arguments of MAIL and RCPT as laxly as smtp-server does. */
export class PathSyntax {
  constructor(
    private readonly options: SMTPServerOptions,
    private readonly wording: Wording,
  ) {}

  /** What is wrong with the argument itself, whenever it comes. */
  problem(verb: Verb, argument: string): Reply | undefined {
    const parts = this.takeApart(verb, argument);
    return 'code' in parts ? parts : undefined;
  }

  read(verb: Verb, argument: string, session: Session): ReadPath | Reply {
    const parts = this.takeApart(verb, argument);
    if ('code' in parts) return parts;
    const { mailbox, raw, values } = parts;
    const problem = verb === 'RCPT' && this.offersDsn ? this.dsnProblem(values) : undefined;
    if (problem !== undefined) return problem;
    const draft = this.offersDsn ? dsnOf(verb, values) : {};
    return { mailbox, parameters: this.forEngine(verb, raw, values, session), args: values, draft };
  }

  private get offersDsn(): boolean {
    return this.options.hideDSN === false;
  }

  private takeApart(verb: Verb, argument: string): Parts | Reply {
    const badPath = verb === 'MAIL' ? replies.badSenderAddress : replies.badRecipientAddress;
    const keyword = KEYWORD[verb].exec(argument)?.[0];
    if (keyword === undefined) return badPath;
    const [path = '', ...items] = argument.slice(keyword.length).trim().split(/\s+/);
    const isLenient = Boolean(this.options.lenientAddressParsing);
    const mailbox = /^<[^<>]*>$/.test(path) ? readAddress(path.slice(1, -1), verb, isLenient) : undefined;
    const given = items.map(readParameter).filter(([name]) => name !== '');
    const decoded = given.map(([name, value]) => [name, decode(value)] as const);
    if (mailbox === undefined || decoded.some(([, value]) => CONTROL_CHARACTER.test(String(value)))) return badPath;
    return this.objection(verb, decoded) ?? { mailbox, raw: new Map(given), values: new Map(decoded) };
  }

  private objection(verb: Verb, given: readonly (readonly [string, string | true])[]): Reply | undefined {
    const names = given.map(([name]) => name);
    const repeated = names.findLast((name, index) => names.indexOf(name) < index);
    if (repeated !== undefined) return this.wording.reply(501, `Error: duplicate ${repeated} parameter`);
    const bare = NEEDS_VALUE[verb].find((name) => given.some(([other, value]) => other === name && value === true));
    return bare === undefined ? undefined : this.wording.reply(501, `Error: ${bare} parameter requires a value`);
  }

  private dsnProblem(values: Values): Reply | undefined {
    const notify = notifyOf(values);
    if (notify.some((value) => !NOTIFY_VALUES.has(value))) {
      return this.wording.reply(501, 'Error: NOTIFY parameter must be NEVER, SUCCESS, FAILURE, or DELAY');
    }
    if (notify.includes('NEVER') && notify.length > 1) {
      return this.wording.reply(501, 'Error: NOTIFY=NEVER cannot be combined with other values');
    }
    const orcpt = values.get('ORCPT');
    return orcpt === undefined || ORCPT.test(String(orcpt)) ? undefined : replies.badOrcpt;
  }

  /** What the engine's extensions shall judge. */
  private forEngine(verb: Verb, raw: Values, values: Values, session: Session): Values {
    if (raw.size === 0) return raw;
    const first = verb === 'MAIL' ? JUDGED_FIRST.filter((name) => raw.has(name)) : [];
    const others = [...raw].filter(([name]) => !first.includes(name) && !JUDGED_HERE[verb].includes(name));
    return new Map([
      ...first.map((name) => [name, this.valueOf(name, values.get(name)!, session)] as const),
      ...others,
    ]);
  }

  private valueOf(name: string, value: string | true, { secure }: Session): string | true {
    // Without TLS that is what is wrong, whatever the value.
    if (name === 'REQUIRETLS' && !secure) return true;
    // No unknown parameter but a wrong value where it is not offered.
    const isNotOffered = name === 'BODY' && /^BINARYMIME$/i.test(String(value)) && !this.options.extensions?.binaryMime;
    return isNotOffered ? 'NOT-OFFERED' : value;
  }
}

function dsnOf(verb: Verb, values: Values): NonNullable<ReadPath['draft']> {
  if (verb === 'MAIL') {
    const envid = values.get('ENVID');
    return envid === undefined ? {} : { dsn: { ret: null, envid: String(envid) } };
  }
  const notify = notifyOf(values) as NotifyValue[];
  const orcpt = values.get('ORCPT');
  const dsn: RcptParameters['dsn'] = {
    ...(notify.length > 0 && { notify }),
    ...(orcpt !== undefined && { orcpt: String(orcpt) }),
  };
  return Object.keys(dsn).length === 0 ? {} : { dsn };
}

function notifyOf(values: Values): readonly string[] {
  const value = values.get('NOTIFY');
  return value === undefined ? [] : String(value).toUpperCase().split(',');
}

function readParameter(item: string): readonly [string, string | true] {
  const [name = '', ...rest] = item.split('=');
  return [name.toUpperCase(), rest.join('=') || true];
}

/** What xtext stands for; whatever is none stays (RFC 3461 §4). */
function decode(value: string | true): string | true {
  if (value === true) return value;
  return value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** An address as handlers see it. */
export function toAddress({ address, args }: MailPath): SMTPServerAddress {
  return { address, args: args && { ...args } };
}
