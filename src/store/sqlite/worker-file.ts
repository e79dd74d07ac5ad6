import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The file that the database thread runs. Beside this one in a build; under jest, which loads the TypeScript sources,
 * a thread cannot start from source, and the file is taken from the build in `dist`.
 */
export function databaseWorkerFile(): string {
  const beside = fileURLToPath(new URL('database-worker.js', import.meta.url));
  if (existsSync(beside)) return beside;
  const built = fileURLToPath(new URL('../../../dist/store/sqlite/database-worker.js', import.meta.url));
  if (existsSync(built)) return built;
  throw new Error('The database thread is not built: run "npm run build" first');
}
