import type { SMTPServerLogger } from './types.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** A logger with every level; what the application's own lacks does nothing. */
export type Logger = Readonly<Record<(typeof LEVELS)[number], (entry: object, message: string) => void>>;

/** The option `logger`: nothing, the console, or a bunyan-like object; each entry carries `component`. */
export function makeLogger(option: SMTPServerLogger | boolean | undefined, component: string): Logger {
  const target = option === true ? toConsole : option || undefined;
  const log = (level: (typeof LEVELS)[number]) => (entry: object, message: string) =>
    target?.[level]?.({ component, ...entry }, message);
  return Object.fromEntries(LEVELS.map((level) => [level, log(level)])) as Logger;
}

const line = (level: string) => (entry: unknown, message: unknown) => {
  const cid = (entry as { cid?: string }).cid;
  // eslint-disable-next-line no-console -- `logger: true` asks for it
  console.log(`[${new Date().toISOString()}] ${level} ${cid === undefined ? '' : `[${cid}] `}${String(message)}`);
};

const toConsole: SMTPServerLogger = {
  debug: line('DEBUG'),
  info: line('INFO '),
  warn: line('WARN '),
  error: line('ERROR'),
  fatal: line('FATAL'),
};
