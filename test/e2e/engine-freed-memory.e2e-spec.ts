import { expect, test } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Pages of 4 KiB. The buffers have 5,120; where the C library gives freed memory back, most of them are asked for again. */
const MAX_FAULTS = 256;

const { header } = process.report.getReport() as { header: object };
const usesGlibc = 'glibcVersionRuntime' in header;

(usesGlibc ? test : test.skip)('a server that listens keeps freed memory for the next chunk of input', async () => {
  const child = fork(new URL('../support/freed-memory-child.mjs', import.meta.url), {
    execArgv: ['--no-warnings', '--expose-gc'],
  });
  const [[, ...later]] = (await once(child, 'message')) as [number[]];
  expect(later).toHaveLength(3);
  expect(Math.max(...later)).toBeLessThan(MAX_FAULTS);
});
