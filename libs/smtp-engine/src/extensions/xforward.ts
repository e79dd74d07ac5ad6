import type { Command } from '../commands/command.js';
import {
  address,
  type AttributeReader,
  helloName,
  hostName,
  oneOf,
  port,
  readAttributes,
  text,
} from '../protocol/client-attributes.js';
import { replies } from '../reply.js';
import { mayVouch } from '../session/trust.js';
import type { Extension } from './extension.js';

/** Postfix XFORWARD_README: the name of a protocol has up to 64 characters. */
const MAX_PROTOCOL_CHARACTERS = 64;
const ATTRIBUTES: ReadonlyMap<string, AttributeReader> = new Map([
  ['NAME', hostName],
  ['ADDR', address],
  ['PORT', port],
  ['PROTO', (value: string) => (value.length <= MAX_PROTOCOL_CHARACTERS ? text(value) : undefined)],
  ['HELO', helloName],
  ['IDENT', text],
  ['SOURCE', oneOf('LOCAL', 'REMOTE')],
]);
const syntax = 'XFORWARD attribute=value [...]';

/**
 * XFORWARD (Postfix XFORWARD_README): a trusted server says where the message to come was received from, so that it can be
 * found in both logs. Several commands add up; the end of the transaction ends it. It changes no right of anybody.
 */
const xforwardCommand: Command = {
  verb: 'XFORWARD',
  syntax,
  phases: ['connected', 'ready'],
  outOfPhase: replies.transactionInProgress,
  run(session, args) {
    if (!mayVouch(session, session.options.xforwardPeers)) return replies.xforwardRefused;
    const attributes = readAttributes(args, ATTRIBUTES);
    if (attributes === undefined) return replies.badXForwardSyntax;
    session.xForward = new Map([...(session.xForward ?? []), ...attributes]);
    return replies.ok;
  },
};

/** XFORWARD, offered to trusted peers only. */
export const xforward: Extension = {
  keyword: 'XFORWARD',
  offer: (session) => mayVouch(session, session.options.xforwardPeers) && [...ATTRIBUTES.keys()].join(' '),
  commands: [xforwardCommand],
};
