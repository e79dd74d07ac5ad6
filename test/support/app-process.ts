import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 20_000;

export interface AppOptions {
  /** Variables on top of the defaults of `startApp`. `undefined` removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Command and arguments that go in front of `node`, for example `strace -f`. */
  readonly wrapper?: readonly string[];
  readonly nodeArguments?: readonly string[];
}

/** The built application in a process of its own, as an operator runs it, on free ports of the loopback. */
export class AppProcess {
  output = '';
  readonly exit: Promise<number | null>;
  smtpPort = 0;
  smtpsPort = 0;
  url = '';

  constructor(
    readonly child: ChildProcess,
    readonly dataDir: string,
  ) {
    const collect = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    this.exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ? null : code)));
  }

  /** Resolves when the notice of the start has been printed. */
  async ready(): Promise<this> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    let gone = false;
    void this.exit.then(() => (gone = true));
    while (!/^ {2}Page .*$/m.test(this.output)) {
      if (gone || Date.now() > deadline) throw new Error(`the application did not come up:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.smtpPort = Number(/^ {2}SMTP +\S+:(\d+)/m.exec(this.output)![1]);
    this.smtpsPort = Number(/^ {2}SMTPS +\S+:(\d+)/m.exec(this.output)![1]);
    this.url = /^ {2}Page +(\S+)/m.exec(this.output)![1]!;
    return this;
  }

  /** A request to the API with the admin token. */
  api(path: string, token: string = TEST_TOKEN): Promise<Response> {
    return fetch(new URL(path, this.url), { headers: { authorization: `Bearer ${token}` } });
  }

  /** Ends the process with a signal and gives its exit code, null when the signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }
}

export const TEST_USER = 'alice';
export const TEST_PASSWORD = 'correct horse battery staple';
export const TEST_TOKEN = 'token-of-the-tests-0123456789';

/** A folder for one test, and how to remove it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ingest-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts the application on free ports with an account and a token of the tests. */
export function launchApp(
  dataDir: string,
  { env = {}, wrapper = [], nodeArguments = [] }: AppOptions = {},
): AppProcess {
  const [command, ...args] = [...wrapper, process.execPath, '--no-warnings', ...nodeArguments, MAIN];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      SMTP_PORT: '0',
      SMTPS_PORT: '0',
      HTTP_PORT: '0',
      SMTP_NAME: 'mx.example',
      BOOTSTRAP_USER: TEST_USER,
      BOOTSTRAP_PASSWORD: TEST_PASSWORD,
      ADMIN_TOKEN: TEST_TOKEN,
      NO_COLOR: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new AppProcess(child, dataDir);
}

export function startApp(dataDir: string, options: AppOptions = {}): Promise<AppProcess> {
  return launchApp(dataDir, options).ready();
}
