import { afterAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Duplex } from 'node:stream';
import { SmtpServer } from './server.js';
import type { Session } from './session/session.js';
import { memoryPair } from './testing/index.js';
import { receivedField, returnPathField } from './trace.js';

const server = new SmtpServer({ name: 'mx.example', authOptional: true, recipients: 'any' });
server.addListener();
const clients: Duplex[] = [];
afterAll(() => {
  for (const client of clients) client.destroy();
  return server.close();
});

const DATE = new Date(Date.UTC(2026, 8, 1, 12, 0, 0));

function sessionOf(fields: Partial<Session> = {}, remoteAddress = '192.0.2.1'): Session {
  const [client, stream] = memoryPair();
  clients.push(client);
  return Object.assign(server.accept(stream, { remoteAddress }), fields);
}

/** Lines that end a header field: those that no white space follows. */
function fieldsIn(text: string): string[] {
  return text.split(/\r\n(?![ \t])/).slice(0, -1);
}

describe('receivedField', () => {
  test('tells who, by whom, how and when', () => {
    const session = sessionOf({ hostNameAppearsAs: 'laptop.example', openingCommand: 'EHLO' });
    expect(receivedField(session, { id: '42', date: DATE })).toBe(
      'Received: from laptop.example ([192.0.2.1])\r\n' +
        '\tby mx.example with ESMTP id 42;\r\n' +
        '\tTue, 01 Sep 2026 12:00:00 +0000\r\n',
    );
    expect(receivedField(session, { id: '42', recipient: 'a@b', date: DATE })).toContain(
      'id 42\r\n\tfor <a@b>;\r\n\tTue',
    );
  });

  test.each<[fields: Partial<Session>, remoteAddress: string, from: string]>([
    [{}, '192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{}, '2001:db8::1', 'from unknown ([IPv6:2001:db8::1])'],
    [{}, '::ffff:192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{ clientHostname: 'host.example' }, '192.0.2.1', 'from unknown (host.example [192.0.2.1])'],
    [{ clientHostname: 'a) by evil (b' }, '192.0.2.1', 'from unknown (a??by?evil??b [192.0.2.1])'],
    [{ clientHostname: 'a\r\nX: y' }, '192.0.2.1', 'from unknown (a??X:?y [192.0.2.1])'],
    [{ hostNameAppearsAs: '[192.0.2.9]' }, '192.0.2.1', 'from [192.0.2.9] ([192.0.2.1])'],
    [{ hostNameAppearsAs: '[ipv6:2001:db8::9]' }, '192.0.2.1', 'from [ipv6:2001:db8::9] ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'my_pc' }, '192.0.2.1', 'from my_pc ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'my pc' }, '192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'x) (y' }, '192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'x; tue' }, '192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'x\r\nX: y' }, '192.0.2.1', 'from unknown ([192.0.2.1])'],
    [{ hostNameAppearsAs: 'ü' }, '192.0.2.1', 'from unknown ([192.0.2.1])'],
  ])('%j from %s', (fields, remoteAddress, from) => {
    const text = receivedField(sessionOf(fields, remoteAddress), { id: '1', date: DATE });
    expect(text.slice('Received: '.length, text.indexOf('\r\n'))).toBe(from);
  });

  test('is one field, whatever a client said', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\r', '\n', ')', '(', '\\', '"', ';', '>', 'a', ' ', '\t', '\u2028') }),
    );
    const session = sessionOf();
    fc.assert(
      fc.property(text, text, text, text, (hostNameAppearsAs, clientHostname, id, recipient) => {
        Object.assign(session, { hostNameAppearsAs, clientHostname });
        const field = receivedField(session, { id, recipient, date: DATE });
        expect(fieldsIn(field)).toHaveLength(1);
        // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
        expect(field.replace(/\r\n\t/g, ' ').trimEnd()).not.toMatch(/[\u0000-\u001f\u007f]/);
        const from = field.slice(0, field.indexOf('\r\n\tby '));
        expect(from.match(/[()]/g)).toEqual(['(', ')']);
        expect(from).toMatch(/\)$/);
      }),
    );
  });
});

test.each([
  ['', 'Return-Path: <>\r\n'],
  ['a@b', 'Return-Path: <a@b>\r\n'],
  ['"a b"@c', 'Return-Path: <"a b"@c>\r\n'],
  ['a@b>\r\nX: y', 'Return-Path: <a@b>X: y>\r\n'],
])('returnPathField(%j)', (path, field) => expect(returnPathField(path)).toBe(field));
