import type { ProxyLineReader } from './protocol/proxy-header.js';

/** Options that say how what comes in is taken before it is a command: part of SessionOptions. */
export interface InputOptions {
  /** Reads the line of a PROXY header of version 1 instead of the grammar of the protocol. Default: none. */
  readonly proxyLine?: ProxyLineReader;
  /**
   * Who speaks too early, where `greetingDelayMs` makes clients wait: `'octets'`, who has sent anything before the greeting;
   * `'lines'`, who has sent a whole line. Default: `'octets'`.
   */
  readonly earlyTalkers?: 'octets' | 'lines';
  /**
   * A line that is longer than `maxCommandLength`: `'answer'` reads it over and answers its end with 500, `'cut'` closes with
   * 421 as soon as it is too long. Default: `'answer'`.
   */
  readonly longLines?: 'answer' | 'cut';
}

/** InputOptions, complete. */
export interface ResolvedInputOptions {
  readonly proxyLine: ProxyLineReader | undefined;
  readonly earlyTalkers: 'octets' | 'lines';
  readonly longLines: 'answer' | 'cut';
}

export function resolveInputOptions(input: InputOptions): ResolvedInputOptions {
  return {
    proxyLine: input.proxyLine,
    earlyTalkers: input.earlyTalkers ?? 'octets',
    longLines: input.longLines ?? 'answer',
  };
}
