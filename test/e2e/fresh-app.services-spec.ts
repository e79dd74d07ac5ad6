import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DialogueClient } from 'smtp-engine/testing';

/**
 * What a stranger does: an application of the Nest CLI, the two libraries as they are published, a controller. It needs
 * npm's registry. Of the CLI's own development dependencies only the compiler is installed: the others bundle, lint and
 * test.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const CLI = '@nestjs/cli@12.0.8';

const CONTROLLER = `
import { Controller } from '@nestjs/common';
import { Envelope, type MessageStream, PasswordAuth, SmtpAuth, SmtpData, SmtpEnvelope, SmtpMessage } from 'nestjs-smtp';

@Controller()
export class MailController {
  @SmtpAuth('PLAIN', 'LOGIN')
  login(auth: PasswordAuth) {
    return auth.password === 'secret' ? { name: auth.username } : null;
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
    let octets = 0;
    for await (const chunk of message) octets += (chunk as Buffer).length;
    return \`\${octets} octets for \${envelope.rcptTo.join()}\`;
  }
}
`;

const work = mkdtempSync(join(tmpdir(), 'fresh-app-'));
const esm = join(work, 'esm');
const cjs = join(work, 'cjs');

function npm(cwd: string, command: string, ...args: string[]): string {
  const env = { ...process.env, NODE_OPTIONS: '', npm_config_workspace: '' };
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${path} is not what the Nest CLI used to make`);
  writeFileSync(path, after);
}

function addMail(app: string): void {
  writeFileSync(join(app, 'src/mail.controller.ts'), CONTROLLER);
  edit(join(app, 'src/app.module.ts'), (text) =>
    text
      .replace('imports: []', "imports: [SmtpModule.forRoot({ name: 'mail.example.com', port: 0 })]")
      .replace('controllers: [AppController]', 'controllers: [AppController, MailController]')
      .replace('@Module', "import { MailController } from './mail.controller.js';\n\n@Module")
      .replace('import {', "import { SmtpModule } from 'nestjs-smtp';\nimport {"),
  );
}

beforeAll(() => {
  for (const library of ['smtp-engine', 'nestjs-smtp']) {
    npm(join(root, 'libs', library), 'npm', 'pack', '--silent', '--pack-destination', work);
  }
  const tarballs = readdirSync(work).map((file) => join(work, file));
  const options = ['--skip-git', '--skip-install', '--package-manager', 'npm', '--no-observe'];
  npm(work, 'npx', '--yes', CLI, 'new', 'esm', ...options);
  edit(join(esm, 'package.json'), (text) => {
    const { devDependencies, ...rest } = JSON.parse(text) as { devDependencies: Record<string, string> };
    const { typescript, '@types/node': node } = devDependencies;
    return JSON.stringify({ ...rest, devDependencies: { typescript, '@types/node': node } });
  });
  npm(esm, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '@nestjs/microservices@12', ...tarballs);
  addMail(esm);

  // The CLI's CommonJS application differs in these two files.
  cpSync(esm, cjs, { recursive: true, verbatimSymlinks: true });
  edit(join(cjs, 'package.json'), (text) => text.replace('"type":"module",', ''));
  edit(join(cjs, 'src/main.ts'), (text) => text.replace('await bootstrap();', 'void bootstrap();'));
}, 110_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.each([
  ['ES modules', esm],
  ['CommonJS', cjs],
])('a fresh application of %s', (_name, app) => {
  // `nest build` compiles with tsc and this file; the types are those of the test runner that is not installed here.
  test('compiles, the types of the libraries included', () => {
    npm(
      app,
      process.execPath,
      'node_modules/typescript/bin/tsc',
      '-p',
      'tsconfig.build.json',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    );
    const [first] = readFileSync(join(app, 'dist/main.js'), 'utf8').split('\n');
    expect(first).toMatch(app === esm ? /^import / : /^"use strict"/);
  }, 60_000);

  test('takes a mail beside its HTTP routes', async () => {
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: app,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const port = await portIn(child.stdout);
      const client = new DialogueClient(connect({ host: '127.0.0.1', port }));
      expect((await client.reply()).raw[0]).toMatch(/^220 mail\.example\.com /);
      await client.ehlo();
      await client.startTls();
      await client.ehlo();
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
      const mail = { from: 'ann@example.com', to: ['bob@example.com'], data: 'Subject: hi\r\n\r\nhello\r\n' };
      expect((await client.send(mail)).raw).toEqual(['250 2.6.0 22 octets for bob@example.com']);
      await client.quit();
    } finally {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  }, 30_000);
});

/** An application without one of the optional packages; `reflect-metadata` and Nest are there. */
const WITHOUT_PEERS: readonly (readonly [what: string, modules: string, handlers: string, said: string])[] = [
  [
    'tracing',
    'SmtpModule.forRoot({ port: 0 }), SmtpObservabilityModule.forRoot({ tracing: true })',
    "decorate('auth', SmtpAuth('PLAIN')); decorate('data', SmtpData());",
    'tracing: true needs @opentelemetry/api: npm install @opentelemetry/api',
  ],
  [
    'a parsed message',
    'SmtpModule.forRoot({ port: 0 })',
    "SmtpParsed()(MailController.prototype, 'data', 0); decorate('auth', SmtpAuth('PLAIN')); decorate('data', SmtpData());",
    '@SmtpParsed() needs mailparser: npm install mailparser',
  ],
];

test.each(WITHOUT_PEERS)('%s without its package is a boot error that names it', (_what, modules, handlers, said) => {
  const file = join(esm, 'without-peers.mjs');
  writeFileSync(
    file,
    `import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmtpAuth, SmtpData, SmtpModule, SmtpObservabilityModule, SmtpParsed } from 'nestjs-smtp';
class MailController { auth() { return true; } data(mail) { mail.discard(); } }
const decorate = (name, decorator) =>
  decorator(MailController.prototype, name, Object.getOwnPropertyDescriptor(MailController.prototype, name));
${handlers}
Controller()(MailController);
class AppModule {}
Module({ imports: [${modules}], controllers: [MailController] })(AppModule);
const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false })
  .then((made) => made.init())
  .catch((error) => console.log(error.message));
await app?.close();
`,
  );
  expect(npm(esm, process.execPath, file)).toContain(said);
});

/** The port of SMTP, from the line that the module logs. */
async function portIn(output: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: output })) {
    const match = /takes mail at 127\.0\.0\.1:(\d+)/.exec(line);
    if (match !== null) return Number(match[1]);
  }
  throw new Error('the application ended before it took mail');
}
