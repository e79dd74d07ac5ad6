import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraries } from './support/libraries.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The Node that runs this, and that of the system where there is another. */
const NODES = [process.execPath, '/usr/bin/node'].filter(
  (path, at, all) => existsSync(path) && all.indexOf(path) === at,
);

/** Takes one mail from its own client and says what came. */
const PROGRAM = `
const server = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, callback) {
    stream.on('data', (chunk) => process.stdout.write(chunk));
    stream.on('end', () => callback(null, 'kept'));
  },
});
server.listen(0, '127.0.0.1', () => {
  const lines = ['EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', 'hello\\r\\n.', 'QUIT'];
  const client = net.connect(server.server.address().port, '127.0.0.1');
  client.on('data', (reply) => /^\\d{3} /m.test(String(reply)) && lines.length > 0 && client.write(lines.shift() + '\\r\\n'));
  client.on('close', () => server.close(() => console.log('closed')));
});
`;

const SOURCES: readonly (readonly [string, string, (library: string) => string])[] = [
  ['import', 'mjs', (library) => `import { SMTPServer } from '${library}';\nimport net from 'node:net';`],
  [
    'default import',
    'mjs',
    (library) => `import smtp from '${library}';\nimport net from 'node:net';\nconst { SMTPServer } = smtp;`,
  ],
  ['require', 'cjs', (library) => `const { SMTPServer } = require('${library}');\nconst net = require('node:net');`],
];

describe.each(libraries)('%s as built', (library) => {
  describe.each(NODES)('on %s', (node) => {
    test.each(SOURCES)(
      '%s',
      (_how, extension, head) => {
        const folder = join(root, 'node_modules/.cache/compat-modules', String(process.pid));
        const file = join(folder, `program.${extension}`);
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, head(library) + PROGRAM);
        try {
          const said = execFileSync(node, ['--no-warnings', file], { encoding: 'utf8', timeout: 10_000 });
          expect(said).toBe('hello\r\nclosed\n');
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
      15_000,
    );
  });
});
