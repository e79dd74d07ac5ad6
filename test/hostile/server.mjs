import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The engine in a process of its own, as seen from outside. */
export class ServerProcess {
  #child;
  #baseMb;

  static async start(options) {
    const started = new ServerProcess();
    // V8's young generation grows by a hundred megabytes where much garbage is made; kept small, it shows what is in use.
    started.#child = fork(fileURLToPath(new URL('./engine.mjs', import.meta.url)), [JSON.stringify(options)], {
      execArgv: ['--no-warnings', '--expose-gc', '--max-semi-space-size=1'],
    });
    const [ports] = await Promise.race([
      once(started.#child, 'message'),
      once(started.#child, 'exit').then(() => Promise.reject(new Error('the engine did not start'))),
    ]);
    Object.assign(started, ports);
    await started.collectGarbage();
    started.#baseMb = started.#status('VmRSS');
    return started;
  }

  async collectGarbage() {
    for (let i = 0; i < 3; i++) {
      this.#child.kill('SIGUSR2');
      await sleep(100);
    }
  }

  /** Megabytes more than at the start: now, after a garbage collection, and at the most so far. */
  async growth() {
    await this.collectGarbage();
    return { rssMb: this.#status('VmRSS') - this.#baseMb, peakMb: this.#status('VmHWM') - this.#baseMb };
  }

  async ask() {
    this.#child.send('what is open?');
    return (await once(this.#child, 'message'))[0];
  }

  /** Waits until no connection is open; says how many are after `patienceMs`. */
  async whenIdle(patienceMs) {
    const end = Date.now() + patienceMs;
    for (;;) {
      const { connections } = await this.ask();
      if (connections === 0 || Date.now() > end) return connections;
      await sleep(50);
    }
  }

  /** What goes wrong when the engine has died already is that it has died. */
  async stop() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return `the engine ended by itself (${exitCode ?? signalCode})`;
    this.#child.kill();
    await once(this.#child, 'exit');
    return undefined;
  }

  #status(field) {
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${this.#child.pid}/status`, 'latin1'),
    );
    return Number(kilobytes) / 1024;
  }
}
