import type { DialectOptions, ExtensionOptions } from './extension-options.js';
import type { ListenerOptions } from './options.js';
import { isSolicitationKeywords } from './protocol/solicitation.js';

/** RFC 2852 §3 and RFC 4865 §4: at most nine digits. */
const MAX_SECONDS = 999_999_999;
const PROFILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Adds a text for everything in the options of protocol and extensions that cannot work. */
export function checkExtensions(input: ListenerOptions, problems: string[]): void {
  checkLmtp(input, problems);
  const { extensions = {} } = input;
  for (const check of CHECKS) {
    const problem = check(extensions, input);
    if (problem !== undefined) problems.push(problem);
  }
}

function checkLmtp({ lmtp, port, hidePIPELINING, hideENHANCEDSTATUSCODES }: ListenerOptions, problems: string[]): void {
  if (!lmtp) return;
  // RFC 2033 §5
  if (hidePIPELINING || hideENHANCEDSTATUSCODES) {
    problems.push(
      'lmtp: true needs PIPELINING and ENHANCEDSTATUSCODES; remove hidePIPELINING and hideENHANCEDSTATUSCODES',
    );
  }
  if (port === 25) problems.push('lmtp: true must not use port 25, which is for SMTP; write port: 24, or path');
}

type Check = (extensions: ExtensionOptions, input: DialectOptions & ListenerOptions) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ binaryMime }, { hideCHUNKING, disabledCommands = [] }) => {
    const hasBdat = !hideCHUNKING && !disabledCommands.some((verb) => verb.trim().toUpperCase() === 'BDAT');
    return binaryMime && !hasBdat
      ? 'extensions.binaryMime needs BDAT; remove hideCHUNKING, and BDAT from disabledCommands'
      : undefined;
  },
  ({ deliverBy }) => {
    const least = typeof deliverBy === 'object' ? deliverBy.minSeconds : undefined;
    return least === undefined || isSeconds(least, 1)
      ? undefined
      : `extensions.deliverBy.minSeconds is ${least}; write a whole number from 1 to ${MAX_SECONDS}`;
  },
  ({ futureRelease }) => {
    if (futureRelease === undefined) return undefined;
    const { maxIntervalSeconds, maxDateTime } = futureRelease;
    if (!isSeconds(maxIntervalSeconds, 1)) {
      return `extensions.futureRelease.maxIntervalSeconds is ${maxIntervalSeconds}; write a whole number from 1 to ${MAX_SECONDS}`;
    }
    return maxDateTime === undefined || isDate(maxDateTime)
      ? undefined
      : 'extensions.futureRelease.maxDateTime is no time; write a Date';
  },
  ({ mtPriority }) => {
    const profile = typeof mtPriority === 'object' ? mtPriority.profile : undefined;
    return profile === undefined || PROFILE.test(profile)
      ? undefined
      : `extensions.mtPriority.profile is ${JSON.stringify(profile)}; write a name such as 'MIXER'`;
  },
  ({ noSoliciting }) => {
    const { keywords = [] } = typeof noSoliciting === 'object' ? noSoliciting : {};
    return keywords.length === 0 || isSolicitationKeywords(keywords.join(','))
      ? undefined
      : "extensions.noSoliciting.keywords has something that is no keyword; write, for example, ['org.example:ADV:ADLT']";
  },
];

function isSeconds(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= MAX_SECONDS;
}

function isDate(value: Date): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
