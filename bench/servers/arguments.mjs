// The arguments that every server of the benchmark takes.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      tls: { type: 'string', default: 'none' },
      cert: { type: 'string' },
      key: { type: 'string' },
    },
  });
  const { port, tls, cert, key } = values;
  const material = tls === 'none' ? {} : { key: readFileSync(key), cert: readFileSync(cert) };
  return { port: Number(port), tls, material };
}
