import type { Variable } from './environment.js';

/** One thing that is wrong with the environment. */
export interface ConfigProblem {
  readonly variable: Variable;
  /** What is wrong, and what to write instead; never the value of a secret. */
  readonly text: string;
}

/** The environment is not usable. The message has one line for each problem, and can be printed as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(['The configuration is not valid:', ...problems.map(lineOf)].join('\n'));
  }
}

function lineOf({ variable, text }: ConfigProblem): string {
  return `  ${variable}: ${text}`;
}
