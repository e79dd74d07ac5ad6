import { ConfigError } from './config/config-error.js';
import { DataDirInUseError } from './store/process-lock.js';
import { WorkerStartError } from './workers/worker-process.js';

/** Whether an error says what somebody has to see to: its message is enough. */
export function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigError ||
    error instanceof DataDirInUseError ||
    error instanceof WorkerStartError ||
    isPortInUse(error)
  );
}

/** An error with all that helps to find its place. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isPortInUse(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}
