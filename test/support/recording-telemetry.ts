import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  context,
  type ContextManager,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';

/** A span as it was recorded. */
export interface RecordedSpan {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  readonly exceptions: unknown[];
  status: number;
  ended: number;
}

/** What an SDK does, as far as a test looks: keeps spans, and carries the active one through promises. */
export class RecordingTelemetry {
  readonly spans: RecordedSpan[] = [];
  private readonly names = new WeakMap<Span, string>();

  install(): void {
    const current = new AsyncLocalStorage<Context>();
    const manager: ContextManager = {
      active: () => current.getStore() ?? ROOT_CONTEXT,
      with: (given, run, self, ...args) => current.run(given, () => run.apply(self, args)),
      bind: (_given, target) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager);
    trace.setGlobalTracerProvider({
      getTracer: () => ({
        startSpan: (name, options, parent) => this.start(name, options?.attributes ?? {}, parent),
        startActiveSpan: () => {
          throw new Error('not needed');
        },
      }),
    });
  }

  remove(): void {
    trace.disable();
    context.disable();
  }

  named(name: string): RecordedSpan {
    return this.spans.find((span) => span.name === name)!;
  }

  private start(name: string, given: Attributes, within: Context = context.active()): Span {
    const parent = trace.getSpan(within);
    const attributes = { ...given };
    const recorded: RecordedSpan = {
      name,
      parent: parent && this.names.get(parent),
      attributes,
      exceptions: [],
      status: 0,
      ended: 0,
    };
    this.spans.push(recorded);
    const span: Span = {
      spanContext: () => INVALID_SPAN_CONTEXT,
      setAttribute: (key, value) => ((attributes[key] = value), span),
      setAttributes: (more) => (Object.assign(attributes, more), span),
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      setStatus: ({ code }) => ((recorded.status = code), span),
      updateName: () => span,
      end: () => void recorded.ended++,
      isRecording: () => true,
      recordException: (exception) => void recorded.exceptions.push(exception),
    };
    this.names.set(span, name);
    return span;
  }
}
