import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CommandInfo, diagnostics, type Reply, type Session, type Transaction } from 'smtp-engine';

/** What is told about a session. */
export interface SessionEvent {
  readonly session: Session;
}

export type CommandEvent = SessionEvent & CommandInfo;

export interface ReplyEvent extends SessionEvent {
  readonly reply: Reply;
}

export interface LoginEvent extends ReplyEvent {
  readonly method: string;
  readonly username: string;
  readonly success: boolean;
}

export interface MessageEvent extends ReplyEvent {
  readonly transaction: Transaction;
  readonly byteLength: number;
}

export interface IntruderEvent extends SessionEvent {
  readonly kind: string;
}

/** Who watches the sessions of one application: a method for each channel of the engine's diagnostics; see there. */
export interface SessionObserver {
  connection?(event: SessionEvent): void;
  command?(event: CommandEvent): void;
  reply?(event: ReplyEvent): void;
  auth?(event: LoginEvent): void;
  message?(event: MessageEvent): void;
  intruder?(event: IntruderEvent): void;
  close?(event: SessionEvent): void;
}

const KINDS = ['connection', 'command', 'reply', 'auth', 'message', 'intruder', 'close'] as const;

/**
 * Tells observers what happens to the sessions that are ours; the channels are those of the whole process.
 *
 * @returns stops it
 */
export function watchSessions(
  isOurs: (session: Session) => boolean,
  observers: readonly SessionObserver[],
): () => void {
  const known = new WeakSet<Session>();
  const knows = (session: Session): boolean => {
    if (!known.has(session) && !isOurs(session)) return false;
    known.add(session); // at its end it belongs to nobody any more
    return true;
  };
  const stops = KINDS.flatMap((kind) => {
    const interested = observers.filter((observer) => observer[kind] !== undefined);
    if (interested.length === 0) return [];
    const listener = (message: unknown): void => {
      if (!knows((message as SessionEvent).session)) return;
      for (const observer of interested) observer[kind]!(message as never);
    };
    subscribe(diagnostics[kind].name, listener);
    return [() => void unsubscribe(diagnostics[kind].name, listener)];
  });
  return () => stops.forEach((stop) => stop());
}
