import { Injectable } from '@nestjs/common';
import type { Reply } from 'smtp-engine';
import type {
  CommandEvent,
  IntruderEvent,
  LoginEvent,
  MessageEvent,
  ReplyEvent,
  SessionEvent,
} from './session-observer.js';

type Labels = Readonly<Record<string, string>>;

/** One metric with all its samples. */
export interface SmtpMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

/** Every metric there is; each has the label `listener`, and those that its help names. */
const METRICS = {
  smtp_connections_total: ['counter', 'Connections'],
  smtp_connections_open: ['gauge', 'Connections that are open'],
  smtp_commands_total: ['counter', 'Commands, by verb; `unknown` for all that are none'],
  smtp_replies_total: ['counter', 'Replies, by code'],
  smtp_logins_total: ['counter', 'Logins, by method and outcome: accepted, refused (5yz), failed (4yz)'],
  smtp_messages_total: ['counter', 'Messages, by outcome: accepted, refused (5yz), failed (4yz)'],
  smtp_message_octets_total: ['counter', 'Octets of accepted messages'],
  smtp_message_recipients_total: ['counter', 'Recipients of accepted messages'],
  smtp_intruders_total: ['counter', 'Connections that spoke something other than SMTP, by kind'],
} as const;

type MetricName = keyof typeof METRICS;

/**
 * What the sessions of the application come to, in numbers; SmtpObservabilityModule provides it. No label takes a value
 * that a client chooses freely, so the number of samples stays small.
 *
 * @example
 * @Get('metrics')
 * metrics() { return this.smtpMetrics.toPrometheus(); }
 */
@Injectable()
export class SmtpMetrics {
  private readonly samples = new Map<MetricName, Map<string, { readonly labels: Labels; value: number }>>();

  /** The metrics as values, for a registry of the application. */
  collect(): readonly SmtpMetric[] {
    return Object.entries(METRICS).map(([name, [type, help]]) => {
      const found = this.samples.get(name as MetricName);
      return { name, help, type, samples: [...(found?.values() ?? [])].map((sample) => ({ ...sample })) };
    });
  }

  /** The metrics as text, in Prometheus's exposition format 0.0.4. */
  toPrometheus(): string {
    return this.collect()
      .flatMap(({ name, help, type, samples }) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(({ labels, value }) => `${name}{${labelText(labels)}} ${value}`),
      ])
      .join('\n')
      .concat('\n');
  }

  /** @internal */
  connection({ session }: SessionEvent): void {
    this.add('smtp_connections_total', { listener: session.listener });
    this.add('smtp_connections_open', { listener: session.listener });
  }

  /** @internal */
  command({ session, verb }: CommandEvent): void {
    const known = verb !== '' && session.hasCommand(verb);
    this.add('smtp_commands_total', { listener: session.listener, verb: known ? verb : 'unknown' });
  }

  /** @internal */
  reply({ session, reply }: ReplyEvent): void {
    this.add('smtp_replies_total', { listener: session.listener, code: String(reply.code) });
  }

  /** @internal */
  auth({ session, method, reply }: LoginEvent): void {
    this.add('smtp_logins_total', { listener: session.listener, method, outcome: outcomeOf(reply) });
  }

  /** @internal */
  message({ session, transaction, byteLength, reply }: MessageEvent): void {
    const { listener } = session;
    const outcome = outcomeOf(reply);
    this.add('smtp_messages_total', { listener, outcome });
    if (outcome !== 'accepted') return;
    this.add('smtp_message_octets_total', { listener }, byteLength);
    this.add('smtp_message_recipients_total', { listener }, transaction.envelope.rcptTo.length);
  }

  /** @internal */
  intruder({ session, kind }: IntruderEvent): void {
    this.add('smtp_intruders_total', { listener: session.listener, kind });
  }

  /** @internal */
  close({ session }: SessionEvent): void {
    this.add('smtp_connections_open', { listener: session.listener }, -1);
  }

  private add(name: MetricName, labels: Labels, amount = 1): void {
    const samples = this.samples.get(name) ?? new Map<string, { labels: Labels; value: number }>();
    this.samples.set(name, samples);
    const key = Object.values(labels).join('\n');
    const sample = samples.get(key);
    if (sample === undefined) samples.set(key, { labels, value: amount });
    else sample.value += amount;
  }
}

function outcomeOf(reply: Reply): string {
  if (reply.isPermanent) return 'refused';
  return reply.isTransient ? 'failed' : 'accepted';
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`)
    .join(',');
}
