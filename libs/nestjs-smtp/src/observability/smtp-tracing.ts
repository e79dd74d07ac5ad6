import type * as openTelemetry from '@opentelemetry/api';
import { type Session, SmtpError } from 'smtp-engine';
import { SmtpException } from '../exceptions/smtp.exception.js';
import type { SmtpContext } from '../smtp.context.js';
import type { CommandEvent, MessageEvent, ReplyEvent, SessionEvent, SessionObserver } from './session-observer.js';

/** @opentelemetry/api as a whole. It is loaded on use: applications that trace nothing need not install it. */
export type OpenTelemetry = typeof openTelemetry;
type Span = openTelemetry.Span;

interface SessionSpans {
  readonly connection: Span;
  transaction: Span | undefined;
}

/** Commands that end a transaction; MAIL ends one that was refused. */
const ENDS: ReadonlySet<string> = new Set(['MAIL', 'RSET', 'EHLO', 'HELO', 'LHLO', 'STARTTLS', 'XCLIENT']);

/**
 * Spans of connections, of mail transactions in them, and of handlers in those. They hold no address of an envelope, no
 * user name and no mail data.
 */
export class SmtpTracing implements SessionObserver {
  private readonly spans = new WeakMap<Session, SessionSpans>();

  constructor(private readonly api: OpenTelemetry) {}

  connection({ session }: SessionEvent): void {
    const attributes = {
      'smtp.session.id': session.id,
      'smtp.listener': session.listener,
      'client.address': session.remoteAddress,
      'client.port': session.remotePort,
      'server.port': session.localPort,
    };
    const { ROOT_CONTEXT, SpanKind } = this.api;
    const connection = this.tracer.startSpan('smtp connection', { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
    this.spans.set(session, { connection, transaction: undefined });
  }

  command({ session, verb }: CommandEvent): void {
    const spans = this.spans.get(session);
    if (spans === undefined) return;
    if (ENDS.has(verb)) this.endTransaction(spans);
    if (verb === 'MAIL')
      spans.transaction = this.tracer.startSpan('smtp transaction', {}, this.within(spans.connection));
  }

  /** MAIL was refused: there is no transaction. */
  reply({ session, reply }: ReplyEvent): void {
    const spans = this.spans.get(session);
    if (spans?.transaction === undefined || reply.code < 400 || session.envelope !== undefined) return;
    spans.transaction.setAttribute('smtp.response.status_code', reply.code);
    this.endTransaction(spans);
  }

  message({ session, transaction, byteLength, reply }: MessageEvent): void {
    const spans = this.spans.get(session);
    if (spans?.transaction === undefined) return;
    spans.transaction.setAttributes({
      'smtp.envelope.id': transaction.envelope.id,
      'smtp.envelope.recipients': transaction.envelope.rcptTo.length,
      'smtp.message.size': byteLength,
      'smtp.response.status_code': reply.code,
    });
    if (reply.isTransient) spans.transaction.setStatus({ code: this.api.SpanStatusCode.ERROR });
    this.endTransaction(spans);
  }

  close({ session }: SessionEvent): void {
    const spans = this.spans.get(session);
    if (spans === undefined) return;
    this.endTransaction(spans);
    spans.connection.setAttribute('smtp.secure', session.tlsOptions !== false);
    spans.connection.end();
    this.spans.delete(session);
  }

  /** Runs a handler within a span of its own, which is the active one for whatever the handler calls. */
  handler<T>(name: string, { stage, session }: SmtpContext, run: () => T): { readonly result: T; readonly span: Span } {
    const { context, ROOT_CONTEXT } = this.api;
    const spans = this.spans.get(session);
    const outer = spans?.transaction ?? spans?.connection;
    const attributes = { 'smtp.stage': stage, 'code.function.name': name };
    const parent = outer === undefined ? ROOT_CONTEXT : this.within(outer);
    const span = this.tracer.startSpan(`smtp ${stage}`, { attributes }, parent);
    return { span, result: context.with(this.within(span), run) };
  }

  /** A refusal is no error of ours; anything else is. */
  failed(span: Span, error: unknown): void {
    if (error instanceof SmtpException || error instanceof SmtpError) {
      span.setAttribute('smtp.response.status_code', error.reply.code);
    } else {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    }
  }

  private get tracer() {
    return this.api.trace.getTracer('nestjs-smtp');
  }

  private within(span: Span) {
    return this.api.trace.setSpan(this.api.ROOT_CONTEXT, span);
  }

  private endTransaction(spans: SessionSpans): void {
    spans.transaction?.end();
    spans.transaction = undefined;
  }
}
