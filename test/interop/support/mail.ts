import { expect } from '@jest/globals';
import type { SeenMessage } from './server.js';

export const FROM = 'me@client.example';
export const TO = ['you@mx.example', 'them@mx.example'];

/** Lines with dots at their beginning (RFC 5321 §4.5.2), blank ones, and one longer than most buffers' words. */
export const BODY = ['Hello,', '.', '..', '.leading dot', '', 'x'.repeat(900), 'the end'].join('\r\n') + '\r\n';

/** A message as a user hands it to a client. */
export const MAIL = `From: <${FROM}>\r\nTo: <${TO[0]}>\r\nSubject: interop\r\n\r\n${BODY}`;

/** The message with the line ends that Unix programs read from files. */
export const UNIX_MAIL = MAIL.replaceAll('\r\n', '\n');

/** Checks that envelope and body came as they were sent; a client may add fields to the header. */
export function expectMail(message: SeenMessage, body = BODY): void {
  const end = message.text.indexOf('\r\n\r\n');
  // A relay sorts its recipients as it likes.
  const [from, to] = [message.from, [...message.to].sort()];
  expect({ from, to, body: message.text.slice(end + 4) }).toEqual({ from: FROM, to: [...TO].sort(), body });
  expect(message.text.slice(0, end)).toMatch(/^Subject: interop$/m);
}
