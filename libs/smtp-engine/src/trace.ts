import { isIP } from 'node:net';
import type { Session } from './session/session.js';

/** What a Received field tells beyond the session. */
export interface TraceFields {
  /** The id given to the message. */
  readonly id: string;
  /** The recipient, where there is one only: with several it would tell blind copies (RFC 5321 §7.2). */
  readonly recipient?: string | undefined;
  /** When it was received. Default: now. */
  readonly date?: Date;
}

/**
 * The Received field for a message of this session (RFC 5321 §4.4), with its CRLF, folded.
 * Nothing a client sent can add a line or a comment to it.
 *
 * @example Received: from laptop ([192.0.2.1]) by mx.example.com with ESMTPSA id 42; Tue, 1 Sep 2026 12:00:00 +0000
 */
export function receivedField(session: Session, fields: TraceFields): string {
  const from = `from ${domainOrUnknown(session.hostNameAppearsAs || '')} (${tcpInfo(session)})`;
  const by = `by ${session.options.name} with ${session.transmissionType} id ${atom(fields.id)}`;
  const recipient = fields.recipient === undefined ? '' : `\r\n\tfor <${withoutControls(fields.recipient)}>`;
  return `Received: ${from}\r\n\t${by}${recipient};\r\n\t${mailDate(fields.date ?? new Date())}\r\n`;
}

/** The Return-Path field (RFC 5321 §4.4), which the server making final delivery puts in front, with its CRLF. */
export function returnPathField(reversePath: string): string {
  return `Return-Path: <${withoutControls(reversePath)}>\r\n`;
}

function tcpInfo(session: Session): string {
  const literal = isIP(session.remoteAddress) === 6 ? `[IPv6:${session.remoteAddress}]` : `[${session.remoteAddress}]`;
  return session.clientHostname.startsWith('[') ? literal : `${atom(session.clientHostname)} ${literal}`;
}

function domainOrUnknown(name: string): string {
  return /^(?:[a-z0-9_.-]+|\[[a-z0-9.:]+\])$/i.test(name) ? name : 'unknown';
}

function atom(text: string): string {
  return text.replace(/[^A-Za-z0-9_.:-]/g, '?');
}

function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- removing control characters is the purpose
  return text.replace(/[\u0000-\u001f\u007f]/g, '');
}

/** RFC 5322 §3.3; always UTC, written as +0000. */
function mailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
