import { validateSync } from 'class-validator';
import type { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import type { ConfigProblem } from './config-error.js';
import { pickEnvironment, toConfig, VARIABLES } from './environment.js';
import type { Environment } from './environment.js';
import { problemsOfSet } from './rules-of-sets.js';

/**
 * Reads the environment into the one configuration object of the application.
 *
 * @throws ConfigError with all problems at once
 * @example readConfig(process.env)
 */
export function readConfig(source: Readonly<Record<string, string | undefined>>): AppConfig {
  const environment = pickEnvironment(source);
  const problems = [...problemsOfValues(environment), ...problemsOfSet(environment)];
  if (problems.length > 0) throw new ConfigError(problems.sort(byVariable));
  return toConfig(environment);
}

function problemsOfValues(environment: Environment): ConfigProblem[] {
  return validateSync(environment).map(({ property, constraints }) => ({
    variable: property as ConfigProblem['variable'],
    text: Object.values(constraints ?? {}).join('; '),
  }));
}

function byVariable(one: ConfigProblem, other: ConfigProblem): number {
  return VARIABLES.indexOf(one.variable) - VARIABLES.indexOf(other.variable);
}
